"""Which pages are measured, each by a name and its address in the big studio. A new page is one line here."""

from dataclasses import dataclass

from django.contrib import admin

_BIG = "/big/"


@dataclass(frozen=True)
class Page:
    """An address, and whether only htmx asks for it."""

    address: str
    is_fragment: bool = False

    @property
    def headers(self) -> dict[str, str]:
        return {"HX-Request": "true"} if self.is_fragment else {}


def page_list(*, shot_with_most: int, shot: int, scene: int) -> dict[str, Page]:
    """The pages by name; the ids are those of rows in the big project. Every list of the admin is among them."""
    most = f"{_BIG}shots/{shot_with_most}/"
    fragments = {"shot card": f"{_BIG}shots/{shot}/card/", "its list of takes": f"{most}takes/"}
    pages = {
        "project list": "/",
        "storyboard": _BIG,
        "storyboard, one stage": f"{_BIG}?show=to-choose",
        "shot": f"{_BIG}shots/{shot}/",
        "shot with most takes": most,
        "spend": f"{_BIG}spend/?range=all",
        "spend, 30 days": f"{_BIG}spend/?range=30d",
        "ledger, last page": f"{_BIG}spend/?page=last",
        "ledger, words": f"{_BIG}spend/?q=variation+12",
        "ledger CSV, one member": f"{_BIG}spend/export.csv?member=5",
        "budget": f"{_BIG}budget/",
        "team": f"{_BIG}members/",
        "generate a scene": f"{_BIG}scenes/{scene}/generate/",
        "generate all": f"{_BIG}generate/",
        "library": "/library/",
        "library, far down": "/library/?after=2000",
        "library, words": "/library/?q=variation+12+harbour",
        "library, rare words": "/library/?q=submarine",
        "library, failed of a model": "/library/?state=failed&model=flux-dev",
        "library, length and shape": "/library/?shortest=4&longest=6&aspect=16:9&order=oldest",
        "library, one small project": "/library/?project=film-077",
        "library, nothing fits": "/library/?state=flagged&member=5&from=2020-01-01",
        "mails": "/mails/",
        **_admin(),
    }
    return {name: Page(address) for name, address in pages.items()} | {
        name: Page(address, is_fragment=True) for name, address in fragments.items()
    }


def _admin() -> dict[str, str]:
    lists = sorted(f"{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry)
    return {f"admin {path}": f"/admin/{path}/" for path in lists}
