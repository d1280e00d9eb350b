"""The addresses of comparisons. Included in `page_urls`."""

from django.urls import URLPattern, path

from studio.views import (
    comparison_files,
    comparison_matrix,
    comparison_reports,
    comparison_rules,
    comparison_use,
    comparison_votes,
    comparisons,
)

_ALL = "<slug:slug>/comparisons"
_ONE = f"{_ALL}/<int:comparison_id>"
_CELL = f"{_ONE}/cells/<int:cell_id>"

urlpatterns: list[URLPattern] = [
    path(f"{_ALL}/", comparisons.comparison_list, name="comparison-list"),
    path(f"{_ALL}/new/", comparisons.comparison_create, name="comparison-create"),
    path(f"{_ALL}/strengths/", comparison_reports.comparison_strengths, name="comparison-strengths"),
    path(f"{_ALL}/rules/", comparison_rules.comparison_rules, name="comparison-rules"),
    path(f"{_ALL}/rules/apply/", comparison_rules.comparison_rules_apply, name="comparison-rules-apply"),
    path(f"{_ALL}/criteria/", comparison_reports.comparison_criteria, name="comparison-criteria"),
    path(f"{_ONE}/report/", comparison_reports.comparison_report, name="comparison-report"),
    path(f"{_ONE}/use/", comparison_use.comparison_use, name="comparison-use"),
    path(f"{_ONE}/export/", comparison_reports.comparison_export, name="comparison-export"),
    path(f"{_CELL}/score/", comparison_matrix.cell_score, name="comparison-score"),
    path(f"{_ONE}/", comparison_matrix.comparison_detail, name="comparison"),
    path(f"{_ONE}/summary/", comparison_matrix.comparison_summary, name="comparison-summary"),
    path(f"{_ONE}/retry/", comparison_matrix.comparison_retry, name="comparison-retry"),
    path(f"{_ONE}/vote/", comparison_votes.comparison_vote, name="comparison-vote"),
    path(f"{_ONE}/reveal/", comparison_votes.comparison_reveal, name="comparison-reveal"),
    path(f"{_CELL}/", comparison_matrix.cell_card, name="comparison-cell"),
    path(f"{_CELL}/take/", comparison_matrix.cell_take, name="comparison-take"),
    path(f"{_ONE}/files/<uuid:file_key>/", comparison_files.comparison_file, name="comparison-file"),
    path(
        f"{_ONE}/files/<uuid:file_key>/still/", comparison_files.comparison_poster, name="comparison-poster"
    ),
]
