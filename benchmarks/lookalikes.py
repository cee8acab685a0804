"""Texts that look like copies and are not: robots, forms, series, follow-ups, a story edited.

Every sentence is made up here. Each text that `lookalikes` gives tells a story of its own.
"""

import random
import re
from collections.abc import Iterator, Sequence

PLACES = (
    "Hualien", "Antofagasta", "Izmir", "Padang", "Adak", "Kaikoura", "Petrolia", "Quetta", "Davao",
    "Split", "Oslo", "Bergen", "Malmö", "Turku", "Gdańsk", "Tartu", "Riga", "Vaasa", "Leeds", "Porto",
)  # fmt: skip
PEOPLE = (
    "Anna Lindqvist", "Boris Okafor", "Carla Mendes", "David Haraldsen", "Elif Yıldız", "Frank Novak",
    "Grace Okonjo", "Henrik Aldous", "Ivo Lund", "Jolanta Rybak", "Karim Haddad", "Louise Marchetti",
    "Maarten Vos", "Nadia Petrova", "Omar Diallo", "Piotr Zielinski",
)  # fmt: skip
FIRMS = ("Norvik", "Halden Foods", "Brightwell", "Castor Motors", "Juno Toys", "Pelagia", "Ostra")
THINGS = ("heaters", "toasters", "prams", "kettles", "car seats", "salads", "power tools", "lamps")
TRADES = ("plumber", "carpenter", "nurse", "data analyst", "welder", "tax clerk", "bus driver")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September")

TEMPLATES = (
    (
        "Magnitude {n}.{m} earthquake near {place}",
        "An earthquake of magnitude {n}.{m} struck {km} km off {place} at a depth of {depth} km, the monitoring centre said. There were no immediate reports of damage or injuries. This notice was written automatically and will be updated as more data become available.",
    ),
    (
        "Earthquake shakes {place}",
        "A {n}.{m} quake hit near {place} on {day}, the survey said.",
    ),
    (
        "Weather in {place}: {depth} degrees",
        "The forecast for {place} on {day}: highs of {depth} degrees, winds from the {wind} at {km} km/h, a {n}0 percent chance of rain. Check back in the evening for an update. All times are local.",
    ),
    (
        "Stocks close {move}",
        "The benchmark index closed {move} on {day}, at {big} points. Banks and miners led the move. Trading volume was {n} billion shares. Investors are waiting for the next decision of the central bank.",
    ),
    (
        "Morning briefing",
        "Good morning. Here is what you need to know on {day}, {date} {month}. {headline}. {headline2}. {headline3}. That is all for now. Sign up to get this briefing in your inbox every weekday.",
    ),
    (
        "Live: the day in parliament",
        "Follow our live coverage. {hour}:{minute} {headline}. Refresh this page for the newest entries. You can send us questions through the form below.",
    ),
    (
        "{place} {n}, {place2} {m}",
        "{place} met {place2} in round {km} of the league. Final score {n}-{m}. Attendance {big}. This report was generated from match data.",
    ),
    (
        "{person} holds seat in {place}",
        "{person} held the seat of {place} for the governing party with {depth} percent of the vote, the returning officer said on {day}. Turnout was {km} percent. The result is not expected to change the balance in the assembly.",
    ),
    (
        "{person}, {depth}, of {place}",
        "{person}, {depth}, of {place}, passed away peacefully on {day}, {date} {month}, surrounded by family. Funeral arrangements are in the care of the parish. In lieu of flowers the family asks for donations to the lifeboat service.",
    ),
    (
        "{firm} recalls {thing}",
        "{firm} is recalling {big} {thing} sold since {month} because of a risk of injury, the safety agency said. Consumers should stop using them at once and return them to the shop for a full refund.",
    ),
    (
        "Wanted: {trade} in {place}",
        "Our team in {place} is looking for a {trade} to start in {month}. We offer a permanent contract, flexible hours and a company bicycle. Send your application with references to the address below.",
    ),
    (
        "Telephone call with {person}",
        "The foreign minister spoke by telephone with {person} on {day} at the initiative of the other side. They discussed current issues of the bilateral agenda and agreed to stay in contact.",
    ),
    (
        "{firm} reports profit of {n}.{m} billion",
        "{firm} reported a quarterly profit of {n}.{m} billion crowns, compared with {m}.{n} billion a year earlier. Revenue was {big} million crowns. The board proposed an unchanged dividend.",
    ),
    (
        "Accident on the road near {place}",
        "Police closed the road near {place} on {day} morning after a lorry had left the carriageway. The driver, {depth}, was taken to hospital with light injuries. Traffic was diverted for {n} hours.",
    ),
    (
        "Court sentences man to {n} years",
        "A court in {place} sentenced a {depth}-year-old man to {n} years in prison on {day} for fraud. The defence said it would appeal. The prosecutor had asked for a longer term.",
    ),
    (
        "Ferry timetable for {place}",
        "From {date} {month} the ferry to {place} leaves at {hour}:{minute} on weekdays. Tickets are sold on board. In heavy weather the crossing may be cancelled at short notice.",
    ),
    (
        "Землетрясение магнитудой {n},{m}",
        "Землетрясение магнитудой {n},{m} произошло в {km} километрах от города {place} на глубине {depth} километров, сообщил сейсмологический центр. Данных о пострадавших и разрушениях не поступало.",
    ),
    (
        "Das Wetter in {place}",
        "Für {place} erwartet der Wetterdienst am {date}. bis zu {depth} Grad und Wind mit {km} Kilometern pro Stunde. Die Aussichten werden am Abend aktualisiert.",
    ),
)  # fmt: skip

# One event in the words of two desks that did not copy: two stories of two papers.
INDEPENDENT = (
    (
        ("Bridge collapse in Tartu kills two", "Two people died when a footbridge over the Emajõgi gave way during a student festival in Tartu. Rescuers searched the river until dark."),
        ("Festival tragedy: footbridge falls into river", "A crowded pedestrian bridge broke during celebrations in Estonia's second city, throwing dozens into the water; at least two of them did not survive."),
    ),
    (
        ("Opera house reopens after fire", "Five years after the blaze the opera in Porto plays again: on Saturday the curtain rose over a rebuilt stage."),
        ("Porto gets its opera back", "With a gala and many tears the city celebrated the return of its opera company to the restored house, which had burned down in 2021."),
    ),
    (
        ("Bank of Norland raises rates", "The central bank raised its key rate to 4.25 percent and signalled that more is to come as wages keep climbing."),
        ("Borrowing gets dearer in Norland", "Home owners face higher costs after policy makers increased borrowing costs by a quarter point, the sixth step in a row."),
    ),
)  # fmt: skip
NEW_LEADS = (
    "Rescue teams and officials who had hoped for a quick end were disappointed on Thursday when new difficulties came up, according to people who took part in the meeting.",
    "Two days after the announcement that surprised the whole country, lawyers for the other side filed a complaint and demanded that everything be done again from the start.",
)


def lookalikes(
    chance: random.Random, stories: Sequence[tuple[tuple[str, ...], str]], each: int = 5
) -> Iterator[tuple[str, str]]:
    """Headline and text of entries that are each alone in telling their story.

    Args:
        stories: headlines and copy, for what is made from them.
        each: texts of each template.
    """
    for title, text in TEMPLATES:
        told: set[str] = set()
        while len(told) < each:
            slots = _slots(chance, stories)
            filled = text.format_map(slots)
            if filled not in told:
                told.add(filled)
                yield title.format_map(slots), filled
    for pair in INDEPENDENT:
        yield from pair
    for headlines, copy in stories:
        yield from _edited(chance, headlines[0], copy)
        sentences = copy.split(". ")
        yield (
            f"After {headlines[0].lower()}: what now",
            f"{chance.choice(NEW_LEADS)} {'. '.join(sentences[1:4])}.",
        )


def _edited(chance: random.Random, title: str, copy: str) -> Iterator[tuple[str, str]]:
    """The same words with another number, day or person, of which the first sentence tells."""
    first = copy.split(". ", maxsplit=1)[0]
    figures = re.findall(r"\b\d{2,}\b", first)
    if figures:
        figure = chance.choice(figures)
        other = str(int(figure) + chance.randint(2, 9))
        yield title.replace(figure, other), copy.replace(figure, other)
    days = [day for day in DAYS if day in first]
    if days:
        other = chance.choice([day for day in DAYS if day not in copy])
        yield title, copy.replace(days[0], other)
    names = re.findall(r"(?<=[a-z,] )[A-Z][\w'-]+ [A-Z][\w'-]+", first)
    if names:
        other = chance.choice([person for person in PEOPLE if person not in copy])
        surname, new = names[0].split()[-1], other.split()[-1]
        yield title.replace(surname, new), copy.replace(names[0], other).replace(surname, new)


def _slots(
    chance: random.Random, stories: Sequence[tuple[tuple[str, ...], str]]
) -> dict[str, object]:
    places = chance.sample(PLACES, 2)
    headlines = [chance.choice(told) for told, _ in chance.sample(list(stories), 3)]
    return {
        "n": chance.randint(2, 9),
        "m": chance.randint(0, 9),
        "km": chance.randint(11, 99),
        "depth": chance.randint(10, 88),
        "big": chance.randint(1000, 9999),
        "hour": chance.randint(6, 22),
        "minute": chance.randint(10, 59),
        "date": chance.randint(1, 28),
        "place": places[0],
        "place2": places[1],
        "person": chance.choice(PEOPLE),
        "firm": chance.choice(FIRMS),
        "thing": chance.choice(THINGS),
        "trade": chance.choice(TRADES),
        "day": chance.choice(DAYS),
        "month": chance.choice(MONTHS),
        "wind": chance.choice(("north", "south", "east", "west")),
        "move": chance.choice(("higher", "lower")),
        "headline": headlines[0],
        "headline2": headlines[1],
        "headline3": headlines[2],
    }
