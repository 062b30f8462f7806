"""What a registry made in a test holds."""


class Registry:
    """`pages` maps a path to the JSON that is answered; everything else is 404."""

    def __init__(self) -> None:
        self.pages: dict[str, dict] = {}

    def put(self, name: str, files: list[dict], status: str | None = None, **release: object) -> None:
        """A project with its files, its status (PEP 792) and the JSON page of its newest release."""
        page = {"meta": {"api-version": "1.4"}, "name": name, "files": files}
        self.pages[f"/simple/{name}/"] = page | ({"project-status": {"status": status}} if status else {})
        if release:
            self.pages[f"/pypi/{name}/json"] = release


def file(name: str, digest: str = "0" * 64, uploaded: str = "2026-10-01T00:00:00Z", yanked: object = False) -> dict:
    """A file of a simple index."""
    return {"filename": name, "hashes": {"sha256": digest}, "upload-time": uploaded, "yanked": yanked, "url": "unused"}
