"""The pytest plugin of ``symflow test``: fixtures, and the server's log with what fails."""

import keyword
import os
from types import ModuleType
from typing import Any, Callable, Dict, Iterator, Optional

import pytest

from symflow_testing._flow import Flow
from symflow_testing._people import Person
from symflow_testing._site import Site, SiteError
from symflow_testing._slack import Slack
from symflow_testing._world import Clock, Target

_OWN_FIXTURES = ("site", "flow", "people", "slack", "clock", "target", "request")


class _Sites:
    """Starts the next installation while a test runs, for starting one takes a moment."""

    def __init__(self) -> None:
        self._next: Optional[Site] = None

    def prepare(self) -> Site:
        if self._next is None:
            self._next = Site(
                os.environ["SYMFLOW_TEST_PROGRAM"],
                os.environ["SYMFLOW_TEST_CONFIG"],
                os.environ.get("SYMFLOW_TEST_WORKSPACE"),
            )
        return self._next

    def take(self) -> Site:
        site = self.prepare()
        self._next = None
        return site

    def stop(self) -> None:
        if self._next is not None:
            self._next.stop()
            self._next = None


_sites = _Sites()


def pytest_configure(config: pytest.Config) -> None:
    """Starts the first installation, whose people become fixtures."""
    if config.option.help or "SYMFLOW_TEST_PROGRAM" not in os.environ:
        return
    site = _sites.prepare()
    try:
        names = sorted(site.people)
    except SiteError as error:
        _sites.stop()
        pytest.exit("The tests cannot run.\n{}".format(error), returncode=pytest.ExitCode.TESTS_FAILED)
    config.pluginmanager.register(_people_fixtures(names), "symflow-people")


def pytest_unconfigure() -> None:
    """Ends what was started for a test that never came."""
    _sites.stop()


def _people_fixtures(names: Any) -> ModuleType:
    module = ModuleType("symflow_testing_people")
    for name in names:
        if name.isidentifier() and not keyword.iskeyword(name) and name not in _OWN_FIXTURES:
            setattr(module, name, _person_fixture(name))
    return module


def _person_fixture(name: str) -> Any:
    def person(people: Dict[str, Person]) -> Person:
        return people[name]

    person.__name__ = name
    person.__doc__ = "{} in the emulated Slack.".format(name)
    return pytest.fixture(name=name)(person)


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """An installation of this test's own."""
    site = _sites.take()
    try:
        site.start()
        remaining = request.session.items[request.session.items.index(request.node) + 1 :]
        if any("site" in getattr(item, "fixturenames", ()) for item in remaining):
            _sites.prepare()
        yield site
    finally:
        _detach()
        site.stop()


def _detach() -> None:
    from sym.sdk import _runtime

    _runtime.install(None)


@pytest.fixture
def flow(site: Site) -> Callable[[str], Flow]:
    """``flow("prod_db")``: a flow of the configuration."""
    flows: Dict[str, Flow] = {}

    def named(name: str) -> Flow:
        if name not in flows:
            flows[name] = Flow(site, name)
        return flows[name]

    return named


@pytest.fixture
def people(site: Site) -> Dict[str, Person]:
    """Everybody in Slack, by name."""
    return site.people


@pytest.fixture
def slack(site: Site) -> Slack:
    """The emulated Slack."""
    return Slack(site)


@pytest.fixture
def clock(site: Site) -> Clock:
    """The clock of the server and of Slack."""
    return Clock(site)


@pytest.fixture
def target(site: Site) -> Target:
    """The system in which access is switched on."""
    return Target(site)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Shows what the server logged with a test that failed."""
    outcome: Any = yield
    report = outcome.get_result()
    used = getattr(item, "funcargs", {}).get("site")
    if report.when == "call" and report.failed and isinstance(used, Site):
        report.sections.append(("what the server logged", used.log()))
