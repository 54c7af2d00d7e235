"""Ten errands to develop on; none of them counts."""

import json
from typing import Final

from tests.bench.errands.errand import (
    End,
    Errand,
    amounts_of,
    clock_in,
    has_number,
    json_of,
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
_LOG: Final = {
    "server.log": "".join(
        f"2026-03-0{1 + n // 20} 1{n % 10}:0{n % 7} {'ERROR' if n % 9 == 4 else 'INFO'} request {n} "
        f"{'timed out' if n % 9 == 4 else 'served'}\n"
        for n in range(60)
    )
}
_TEAM: Final = {"team.csv": "name,age,city\nMira,31,Bonn\nJens,45,Kiel\nAylin,28,Ulm\n"}
_TEAM_JSON: Final = [
    {"name": "Mira", "city": "Bonn"},
    {"name": "Jens", "city": "Kiel"},
    {"name": "Aylin", "city": "Ulm"},
]
_CALL: Final = {"call.txt": "Call with the office in Tokyo.\nIt begins at 18:30 there.\n"}
_CHRONICLE: Final = {
    "chronicle.txt": "".join(
        f"In {year} the {('harvest', 'market', 'choir', 'school')[year % 4]} of the village was much talked about, and "
        f"the mayor wrote a long letter about it to the people of the next valley, who never answered.\n\n"
        + ("In 1954 the old pump at the church was repaired by Agnes Thorn, who took no money.\n\n" * (year == 1953))
        for year in range(1880, 2010)
    )
}


def _call_solution() -> End:
    return End(answer=clock_in("Europe/Berlin", "18:30", "Asia/Tokyo"), files=_CALL)


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
    Errand(
        name="dev_errors",
        goal="How many lines of server.log are errors?",
        files=_LOG,
        reached=lambda end: has_number(end.answer, _LOG["server.log"].count("ERROR")),
        solution=solved(_LOG, f"There are {_LOG['server.log'].count('ERROR')}."),
        kind="python",
    ),
    Errand(
        name="dev_json",
        goal="Write team.json: a list with an object for each row of team.csv, with the keys name and city only.",
        files=_TEAM,
        reached=lambda end: json_of(end.file("team.json")) == _TEAM_JSON,
        solution=solved(_TEAM, team__json=json.dumps(_TEAM_JSON)),
    ),
    Errand(
        name="dev_call",
        goal="At which time does the call of call.txt begin in Berlin (Europe/Berlin)? Tokyo is Asia/Tokyo.",
        files=_CALL,
        reached=lambda end: shows_time(end.answer, clock_in("Europe/Berlin", "18:30", "Asia/Tokyo")),
        solution=_call_solution,
        kind="server",
    ),
    Errand(
        name="dev_pump",
        goal="Who repaired the old pump according to the chronicle, and in which year?",
        files=_CHRONICLE,
        reached=lambda end: end.has("Agnes Thorn", "1954"),
        solution=solved(_CHRONICLE, "Agnes Thorn repaired it in 1954."),
        kind="part",
    ),
)
