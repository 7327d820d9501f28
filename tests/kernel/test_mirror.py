import pytest

from kernel.fetched import Budget, Fetched, NotFetched, Why
from kernel.mirror import Mirror


@pytest.fixture
def mirror(tmp_path):
    (tmp_path / "secret").write_text("no page")
    folder = tmp_path / "web"
    (folder / "clinic.example" / "privacy").mkdir(parents=True)
    (folder / "clinic.example" / "index.html").write_text("home")
    (folder / "clinic.example" / "privacy" / "index.html").write_text("policy")
    (folder / "clinic.example" / "out").symlink_to(tmp_path)
    return Mirror(folder)


def get(mirror, url):
    return mirror.get(url, Budget.of(1))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", b"home"),
        ("/", b"home"),
        ("/privacy", b"policy"),
        ("/privacy/?a=b", b"policy"),
    ],
)
def test_a_page_is_the_index_of_its_folder(mirror, path, body):
    answer = get(mirror, f"https://clinic.example{path}")

    assert isinstance(answer, Fetched)
    assert (answer.status, answer.body) == (200, body)


@pytest.mark.parametrize(
    "path",
    ["/none", "/../../secret", "/%2e%2e/%2e%2e/secret", "//etc/passwd", "/out/secret"],
)
def test_nothing_outside_of_the_folder_is_a_page(mirror, path):
    answer = get(mirror, f"https://clinic.example{path}")

    assert answer.status == 404
    assert answer.body == b""


@pytest.mark.parametrize("host", ["other.example", "..", "."])
def test_a_host_without_a_folder_does_not_exist(mirror, host):
    answer = get(mirror, f"https://{host}/")

    assert isinstance(answer, NotFetched)
    assert answer.why in (Why.no_such_host, Why.unreadable)
