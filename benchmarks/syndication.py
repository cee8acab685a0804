"""Imitated syndication: agency stories as several outlets carry them, among texts of robots.

Every sentence is made up here. `clusters` says which entries tell the same story.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aggregator.values.item import Entry

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
OUTLETS = ("north-courier", "harbour-post", "valley-times", "the-ledger", "city-wire", "observer24")
AGENCIES = ("Reuters", "AFP", "AP", "dpa", "TASS", "ANSA")

# Headlines of three desks, and the copy they share.
STORIES = (
    (
        (
            "Ministers agree on grain corridor after night of talks",
            "Grain deal struck in Geneva",
            "Breakthrough at dawn: ships may leave again",
        ),
        "Foreign ministers of six countries agreed early on Tuesday to reopen a shipping corridor for grain. Talks in Geneva had gone on for fourteen hours when Henrik Aldous, who chaired them, announced the result. Under the deal inspectors will board every vessel before it enters the strait. Port operators said the first convoy could leave within days. Farmers' unions welcomed the news but warned that storage was already full. The agreement runs for 120 days and can be prolonged by mutual consent.",
    ),
    (
        (
            "Parliament in Lisbon rejects budget",
            "Portuguese budget voted down",
            "Government on the brink after budget defeat",
        ),
        "Lawmakers in Lisbon voted down the government's budget on Wednesday by 117 votes to 108. Prime Minister Teresa Valadares had warned that a defeat would mean new elections. Two small parties that had backed her cabinet since last year abstained. The president is expected to consult party leaders before the weekend. Bond yields rose slightly after the vote. Analysts said the country could govern with monthly allotments until summer.",
    ),
    (
        (
            "Ferry with 240 aboard runs aground off Norway",
            "Passengers rescued from stranded ferry",
            "Helicopters lift passengers off ship near Bodø",
        ),
        "A ferry carrying 240 people ran aground off northern Norway late on Sunday in heavy snow. Coast guard vessels and three helicopters took off all passengers, many of them pupils on a school trip. Nobody was seriously hurt, police in Bodø said. The captain told the broadcaster NRK that the steering had failed shortly before the accident. Environmental officials were watching for leaking fuel. An inquiry has been opened.",
    ),
    (
        (
            "Central bank surprises with rate cut",
            "Rates lowered for first time in three years",
            "Markets cheer unexpected move by Ottawa",
        ),
        "Canada's central bank lowered its key rate by a quarter point on Thursday, a step few economists had foreseen. Governor Louise Marchetti said inflation was falling faster than thought and that households needed relief. The currency lost almost one percent against the dollar. Mortgage lenders announced that they would pass the cut on at once. Opposition politicians accused the bank of acting under pressure. The next decision is due in seven weeks.",
    ),
    (
        (
            "Envoy Okonjo heads to Khartoum for ceasefire talks",
            "Fresh push for truce in Sudan",
            "Can a new envoy stop the guns?",
        ),
        "The African Union's special envoy, Grace Okonjo, travelled to Khartoum on Monday to press for a ceasefire. She is to meet commanders of both sides separately, diplomats said, because they still refuse to sit in one room. Aid agencies say that more than two million people have fled since autumn. A previous truce held for only nine days. Okonjo told reporters at the airport that she carried a plan in four steps. Neighbouring states have offered to send observers.",
    ),
    (
        (
            "Astronomers find water vapour on distant planet",
            "Steam in the sky of a far world",
            "Telescope spots vapour around small planet",
        ),
        "Astronomers have detected water vapour in the atmosphere of a small planet some 97 light years away. The team led by Piotr Zielinski in Toruń used eleven transits observed by a space telescope. The planet circles a red star and is probably too hot for life, the scientists write. Similar claims about other worlds had to be withdrawn in the past. Independent experts called the signal convincing. More observing time has been granted for next year.",
    ),
    (
        (
            "Museum in Ghent returns bronzes to Nigeria",
            "Looted bronzes go home",
            "Belgian museum hands over 31 works",
        ),
        "A museum in Ghent handed over 31 bronzes to a Nigerian delegation on Friday. The works were taken from the royal palace of Benin in the nineteenth century and reached Belgium through a dealer. Curator Annelies Baert said that keeping them had become impossible to justify. The pieces will be shown in Lagos before they travel on to a new museum. Other European collections are negotiating similar agreements. The ceremony was attended by descendants of the craftsmen.",
    ),
    (
        (
            "Dock workers end strike in Rotterdam",
            "Rotterdam port back to work",
            "Cranes move again after nine days",
        ),
        "Dock workers in Rotterdam ended their strike on Saturday after accepting a pay rise of 6.5 percent over two years. The walkout had blocked Europe's largest port for nine days and left ships waiting off the coast. Union leader Maarten Vos spoke of a hard-won compromise. Employers said clearing the backlog would take until the end of the month. Several car makers had cut shifts because parts were missing. A deal on automation was postponed.",
    ),
    (
        (
            "Opposition leader freed in Minsk after five years",
            "Mikalai Dubrou walks free",
            "Prisoner exchange brings opposition figure home",
        ),
        "The opposition politician Mikalai Dubrou was released from a prison near Minsk on Thursday after more than five years. He was driven to the Lithuanian border together with eleven other detainees. Vilnius had negotiated the release for months, officials said. Dubrou looked thin but in good spirits when he greeted supporters. He thanked those who had written to him. Human rights groups recalled that hundreds remain in custody.",
    ),
    (
        (
            "EU and Mercosur sign trade pact in Montevideo",
            "Signatures under a treaty 25 years in the making",
            "Farmers protest as trade pact is signed",
        ),
        "The European Union and the South American bloc Mercosur signed a trade agreement in Montevideo on Friday after 25 years of negotiation. Commission vice-president Ilse Brandt called it a signal against isolation. The pact removes duties on nine tenths of goods over fifteen years. French farmers blocked roads near the border in protest. Parliaments on both sides still have to approve the text. Environmental groups fear for the rainforest.",
    ),
    (
        (
            "Flood warning along the Oder lifted",
            "Water falls along the Oder",
            "Towns on the Oder breathe again",
        ),
        "Authorities lifted the flood warning along the Oder on Monday as water levels fell for the third day running. In Wrocław volunteers began to carry away some 400,000 sandbags. Mayor Jolanta Rybak thanked soldiers and students for their help. Damage to roads and bridges has not been counted yet. Downstream in Brandenburg dykes remained under watch. Meteorologists expect dry weather until the end of the week.",
    ),
    (
        (
            "Chess: Teenager Varga wins candidates tournament",
            "Sixteen-year-old to play for the title",
            "Varga stuns the favourites",
        ),
        "Sixteen-year-old Dóra Varga won the candidates tournament in Toronto on Sunday and will play for the world title. She needed only a draw in the last round and got it after 62 moves. No woman has ever challenged for the crown before. Her coach said she had slept badly and eaten nothing but bananas. The match against the champion is planned for November. Bidding among host cities opens next month.",
    ),
    (
        (
            "Лавров и Могерини обсудили договор в Милане",
            "Переговоры в Милане: договор остаётся спорным",
            "Встреча на полях совета ОБСЕ",
        ),
        "Министр иностранных дел России Сергей Лавров встретился в Милане с главой дипломатии ЕС Федерикой Могерини. Стороны обсудили судьбу договора о ракетах средней дальности и обстановку в Азовском море. По словам участников, беседа продолжалась около двух часов и была откровенной. Могерини призвала соблюдать договор в полном объёме. Лавров заявил, что Москва готова к диалогу на равных. Следующая встреча намечена на весну.",
    ),
    (
        (
            "Bundestag beschließt Reform der Krankenhäuser",
            "Kliniken sollen anders bezahlt werden",
            "Weg frei für die Klinikreform",
        ),
        "Der Bundestag hat am Freitag mit 374 Stimmen die Reform der Krankenhäuser beschlossen. Kliniken sollen künftig nicht mehr nur nach Fällen, sondern auch für das Vorhalten von Betten bezahlt werden. Ministerin Carola Wendt sprach von der größten Veränderung seit zwanzig Jahren. Die Länder kritisierten, dass kleine Häuser auf dem Land schließen müssten. Der Bundesrat befasst sich im März mit dem Gesetz. Patientenverbände äußerten sich vorsichtig zustimmend.",
    ),
    (
        (
            "Le gouvernement renonce à la taxe sur le carburant",
            "Taxe sur le carburant : Paris recule",
            "Marche arrière après trois semaines de colère",
        ),
        "Le gouvernement français a renoncé mardi à augmenter la taxe sur le carburant, après trois semaines de manifestations. La ministre des Comptes publics, Solène Garrigue, a reconnu que la mesure avait été mal comprise. Le manque à gagner est estimé à quatre milliards d'euros. Les syndicats de routiers ont appelé à lever les barrages. L'opposition réclame désormais des élections anticipées. Un débat aura lieu jeudi à l'Assemblée nationale.",
    ),
    (
        (
            "El Congreso aprueba la ley de vivienda",
            "Luz verde a la ley de vivienda en Madrid",
            "Alquileres: el Congreso pone límites",
        ),
        "El Congreso de los Diputados aprobó el jueves la ley de vivienda por 176 votos contra 167. La norma limita la subida de los alquileres en las zonas más caras durante tres años. La ministra Elena Carrasco la calificó de punto de partida. Las inmobiliarias anunciaron recursos ante los tribunales. Los ayuntamientos deberán declarar las zonas antes del verano. El Senado votará el texto en abril.",
    ),
)

QUAKES = (
    "Hualien",
    "Antofagasta",
    "Izmir",
    "Padang",
    "Adak",
    "Kaikoura",
    "Petrolia",
    "Quetta",
    "Davao",
    "Split",
)
CITIES = (
    "Oslo",
    "Bergen",
    "Tromsø",
    "Malmö",
    "Turku",
    "Aarhus",
    "Gdańsk",
    "Tartu",
    "Riga",
    "Vaasa",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass(frozen=True, slots=True)
class Carried:
    """An entry, who carries it, and the story it tells."""

    outlet: str
    entry: Entry
    cluster: str
    at: datetime


def carried(seed: int = 5) -> list[Carried]:
    """Every entry of the imitation, in the order in which they appear."""
    chance = random.Random(seed)
    found = [*_copy(chance), *_robots(chance)]
    return sorted(found, key=lambda one: (one.at, one.outlet, one.entry.guid or ""))


def _copy(chance: random.Random) -> list[Carried]:
    """Each story at several outlets, as their desks treat copy."""
    found = []
    for number, (headlines, copy) in enumerate(STORIES):
        at = START + timedelta(hours=5 * number)
        for outlet in chance.sample(OUTLETS, chance.randint(3, 6)):
            title, text = _edited(chance, headlines, copy)
            link = f"https://{outlet}.example/news/{number}-{chance.randrange(10**6)}"
            when = at + timedelta(minutes=chance.randint(0, 30 * 60))
            entry = Entry(guid=link, link=link, title=title, text=text, published=when)
            found.append(Carried(outlet, entry, f"story {number}", when))
    return found


def _edited(chance: random.Random, headlines: tuple[str, ...], copy: str) -> tuple[str, str]:
    """A headline and the copy as one desk prints them."""
    title = chance.choice(headlines)
    sentences = copy.split(". ")
    text = copy
    match chance.randrange(6):
        case 0:
            text = ". ".join(sentences[: chance.randint(2, 4)]).rstrip(".") + "."
        case 1:
            text = copy[: chance.randint(150, 260)].rsplit(" ", 1)[0] + " …"
        case 2:
            text = (
                copy
                + " "
                + chance.choice(
                    ("Read more on our site.", "More to follow.", "The story will be updated.")
                )
            )
        case 3:
            del sentences[chance.randrange(1, len(sentences))]
            text = ". ".join(sentences)
    if chance.random() < 0.4:  # a typo, mended elsewhere
        words = text.split(" ")
        at = chance.randrange(8, len(words))
        if len(words[at]) > 5 and words[at][0].islower():
            words[at] = words[at][:2] + words[at][3] + words[at][2] + words[at][4:]
        text = " ".join(words)
    agency = chance.choice(AGENCIES)
    match chance.randrange(5):
        case 0:
            text = f"GENEVA, March 3 ({agency}) - {text}"
        case 1:
            text = f"({agency}) — {text}"
        case 2:
            title = f"UPDATE {chance.randint(1, 4)}-{title}"
        case 3:
            title = f"{title} - {chance.choice(OUTLETS).title()}"
    return title, text


def _robots(chance: random.Random) -> list[Carried]:
    """Texts of robots and desks that look alike and are not."""
    found = []
    for number in range(60):
        outlet = OUTLETS[number % len(OUTLETS)]
        at = START + timedelta(hours=chance.randint(0, 90), minutes=chance.randint(0, 59))
        title, text = _robot(chance, number)
        link = f"https://{outlet}.example/auto/{number}"
        entry = Entry(guid=link, link=link, title=title, text=text, published=at)
        found.append(Carried(outlet, entry, f"robot {number}", at))
    return found


def _robot(chance: random.Random, number: int) -> tuple[str, str]:
    place, city = chance.choice(QUAKES), chance.choice(CITIES)
    figure = f"{chance.randint(3, 6)}.{chance.randint(0, 9)}"
    match number % 6:
        case 0:
            return (
                f"Magnitude {figure} earthquake near {place}",
                f"An earthquake of magnitude {figure} struck {chance.randint(4, 90)} km off {place} at a depth of {chance.randint(5, 60)} km, the monitoring centre said. There were no immediate reports of damage or injuries. This notice was written automatically and will be updated as more data become available.",
            )
        case 1:
            return (
                f"Weather in {city}: {chance.randint(-9, 20)} degrees",
                f"The forecast for {city} on {chance.choice(DAYS)}: highs of {chance.randint(-9, 20)} degrees, winds from the {chance.choice(('north', 'south', 'east', 'west'))} at {chance.randint(2, 30)} km/h, a {chance.randint(1, 9) * 10} percent chance of rain. Check back in the evening for an update. All times are local.",
            )
        case 2:
            move = chance.choice(("higher", "lower"))
            return (
                f"Stocks close {move}",
                f"The benchmark index closed {move} on {chance.choice(DAYS)}, {chance.choice(('adding', 'losing'))} {figure} percent to {chance.randint(6000, 7900)} points. Banks and miners led the move. Trading volume was {chance.randint(2, 9)} billion shares. Investors are waiting for the next decision of the central bank.",
            )
        case 3:
            day = chance.choice(DAYS)
            return (
                f"Morning briefing, {day}",
                f"Good morning. Here is what you need to know on {day}. {chance.choice(STORIES)[0][0]}. {chance.choice(STORIES)[0][1]}. {chance.choice(STORIES)[0][2]}. That is all for now. Sign up to get this briefing in your inbox every weekday.",
            )
        case 4:
            return (
                "Live: war in the east, day by day",
                f"Follow our live coverage. {chance.randint(6, 22)}:{chance.randint(10, 59)} {chance.choice(STORIES)[1].split('. ')[3]}. Refresh this page for the newest entries. You can send us questions through the form below.",
            )
        case _:
            home, away = chance.sample(CITIES, 2)
            return (
                f"{home} {chance.randint(0, 4)}, {away} {chance.randint(0, 4)}",
                f"{home} met {away} in round {chance.randint(1, 30)} of the league. Final score {chance.randint(0, 4)}-{chance.randint(0, 4)}. Attendance {chance.randint(900, 9000)}. This report was generated from match data.",
            )
