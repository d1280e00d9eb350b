"""The addresses of the library. Included in `page_urls`, before the projects' own."""

from django.urls import URLPattern, path

from studio.views import archives, library, uploads

urlpatterns: list[URLPattern] = [
    path("library/", library.library, name="library"),
    path("library/cards/<int:item_id>/", library.library_card, name="library-card"),
    path("library/download/", archives.library_download, name="library-download"),
    path("library/upload/", uploads.library_upload, name="library-upload"),
    path("<slug:slug>/cut.zip", archives.cut_download, name="cut-download"),
]
