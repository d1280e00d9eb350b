"""The addresses of links for clients: the pages behind a link, and the producers' page of links."""

from django.urls import URLPattern, path

from studio.views import client_links, clients

_CLIENT, _LINKS = "client/<str:token>", "<slug:slug>/client-links"
_TAKE = f"{_CLIENT}/takes/<int:take_id>"

# Open to whoever has the link; before the addresses that begin with a project's slug.
of_clients: list[URLPattern] = [
    path(f"{_CLIENT}/", clients.client_list, name="client-list"),
    path(f"{_CLIENT}/enter/", clients.client_enter, name="client-enter"),
    path(f"{_TAKE}/", clients.client_take, name="client-take"),
    path(f"{_TAKE}/files/<int:number>/", clients.client_file, name="client-file"),
    path(f"{_TAKE}/files/<int:number>/poster/", clients.client_poster, name="client-poster"),
    path(f"{_TAKE}/comments/", clients.client_comment, name="client-comment"),
    path(f"{_TAKE}/verdict/", clients.client_verdict, name="client-verdict"),
]
urlpatterns: list[URLPattern] = [
    path(f"{_LINKS}/", client_links.client_link_list, name="client-link-list"),
    path(f"{_LINKS}/<int:link_id>/", client_links.client_link_detail, name="client-link-detail"),
    path(f"{_LINKS}/<int:link_id>/revoke/", client_links.client_link_revoke, name="client-link-revoke"),
]
