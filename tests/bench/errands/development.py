"""Six errands to develop on; none of them counts."""

from typing import Final

from tests.bench.errands.errand import (
    End,
    Errand,
    amounts_of,
    clock_in,
    lines_of,
    shows_time,
    solved,
)

_COSTS: Final = {"costs.csv": "kind,euro\nfood,12.50\nrent,700\nfood,30.25\nbooks,18\nfood,7.25\nbooks,22\n"}
_CONTACTS: Final = {
    "family.txt": "Oskar 0151 22334\nLena 0160 98761\n",
    "work.txt": "Petra Holm 030 5511 (sales)\nUlf Brandt 030 5512 (service)\n",
    "old.txt": "Petra Holm 040 1234, until 2019\n",
}
_SETTINGS: Final = {"app.yaml": "name: garden\nlanguage: en\ntheme: light\nautosave: true\n"}
_CONTRACTS: Final = {
    "lease.txt": "Lease of flat 4.\nRent: 650 euro.\nSigned: M. Orth\n",
    "car.txt": "Purchase of a car.\nPrice: 9,000 euro.\nSigned:\n",
    "loan.txt": "Loan of 2,000 euro.\nPaid back by June.\nSigned: T. Sand\n",
}
_GUESTS: Final = {"guests.txt": "Walter\nBeate\nSven\nAda\nMarlene\n"}
_TRIP: Final = {"trip.txt": "The train leaves Paris at 16:45.\n"}


def _paris_solution() -> End:
    return End(answer="Done.", files={"newyork.txt": clock_in("America/New_York", "16:45", "Europe/Paris")})


DEVELOPMENT: Final = (
    Errand(
        name="dev_sums",
        goal="Write sums.csv with the columns kind and euro: the sum of each kind in costs.csv.",
        files=_COSTS,
        reached=lambda end: amounts_of(end.file("sums.csv")) == {"food": 50.0, "rent": 700.0, "books": 40.0},
        solution=solved(_COSTS, sums__csv="kind,euro\nfood,50\nrent,700\nbooks,40\n"),
    ),
    Errand(
        name="dev_phone",
        goal="What is the phone number of Petra Holm today?",
        files=_CONTACTS,
        reached=lambda end: end.has("5511") and not end.has("1234"),
        solution=solved(_CONTACTS, "030 5511"),
    ),
    Errand(
        name="dev_theme",
        goal="Change the theme in app.yaml to dark and leave the rest as it is.",
        files=_SETTINGS,
        reached=lambda end: lines_of(end.file("app.yaml")) == lines_of(_SETTINGS["app.yaml"].replace("light", "dark")),
        solution=solved(_SETTINGS, app__yaml=_SETTINGS["app.yaml"].replace("light", "dark")),
    ),
    Errand(
        name="dev_unsigned",
        goal="Which of the contracts is not signed? Name its file.",
        files=_CONTRACTS,
        reached=lambda end: end.has("car") and not end.has("lease.txt") and not end.has("loan.txt"),
        solution=solved(_CONTRACTS, "car.txt is not signed."),
    ),
    Errand(
        name="dev_sorted",
        goal="Write sorted.txt with the names of guests.txt in alphabetical order, one a line.",
        files=_GUESTS,
        reached=lambda end: lines_of(end.file("sorted.txt")) == ["Ada", "Beate", "Marlene", "Sven", "Walter"],
        solution=solved(_GUESTS, sorted__txt="Ada\nBeate\nMarlene\nSven\nWalter\n"),
    ),
    Errand(
        name="dev_train",
        goal="Which time is it in New York (America/New_York) when the train of trip.txt leaves Paris (Europe/Paris)? "
        "Write only that time to newyork.txt.",
        files=_TRIP,
        reached=lambda end: shows_time(end.file("newyork.txt"), clock_in("America/New_York", "16:45", "Europe/Paris")),
        solution=_paris_solution,
        kind="server",
    ),
)
