"""Imitated syndication: agency stories as several outlets carry them, among texts of robots.

Every sentence is made up here. `clusters` says which entries tell the same story.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aggregator.values.item import Entry
from benchmarks.lookalikes import lookalikes

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

SIGNED = (
    "(Reporting by Anna Lindqvist; Editing by Ivo Lund)",
    "Read more on our site.",
    "More to follow.",
    "© 2026 AFP",
    "The post appeared first on The Ledger.",
)
LEAD_INS = (
    "Photo: Archive. ",
    "EXCLUSIVE - ",
    "Updated at 10:15 GMT. ",
    "Listen to this article\n",
)


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
    """Each story at several outlets, as their desks treat copy; half of the stories are short."""
    found = []
    for number, (headlines, full) in enumerate(STORIES):
        at = START + timedelta(hours=3 * number)
        copy = _first_sentences(chance, full) if chance.random() < SHORT else full
        page = f"wire.example/{number}/{chance.randrange(10**6)}"
        for outlet in chance.sample(OUTLETS, chance.randint(2, 5)):
            title, text = _edited(chance, headlines, copy)
            link = f"https://{outlet}.example/news/{number}-{chance.randrange(10**6)}"
            if chance.random() < SAME_PAGE:
                link = chance.choice(DRESS).format(page)
            when = at + timedelta(minutes=chance.randint(0, 30 * 60))
            entry = Entry(
                guid=f"{outlet}-{link}", link=link, title=title, text=text, published=when
            )
            found.append(Carried(outlet, entry, f"story {number}", when))
    return found


def _edited(chance: random.Random, headlines: tuple[str, ...], copy: str) -> tuple[str, str]:
    """A headline and the copy as one desk prints them."""
    title = chance.choice(headlines)
    text = copy
    for treat in (*chance.sample(CUTS, chance.randint(0, 2)), chance.choice(DRESSES)):
        text = treat(chance, text)
    match chance.randrange(8):
        case 0:
            title = f"UPDATE {chance.randint(1, 4)}-{title}"
        case 1:
            title = f"{title} - {chance.choice(OUTLETS).title()}"
        case 2:
            title = f"{title} | World News"
        case 3:
            title = title.upper() if chance.random() < SHORT else title.title()
        case 4:
            title = f"BREAKING: {title}"
        case 5:
            text = f"{title}\n{text}"
    return title, text


def _cut(chance: random.Random, text: str) -> str:
    if len(text) < MIN_CUT:
        return text
    end = chance.choice((" …", "...", " [...]", "…", ""))
    return text[: chance.randint(MIN_CUT - 20, min(len(text) - 1, 320))].rsplit(" ", 1)[0] + end


def _first_sentences(chance: random.Random, text: str) -> str:
    return ". ".join(text.split(". ")[: chance.randint(1, 3)]).rstrip(".") + "."


def _without_a_sentence(chance: random.Random, text: str) -> str:
    sentences = text.split(". ")
    if len(sentences) > len(("first", "dropped")):
        del sentences[chance.randrange(1, len(sentences))]
    return ". ".join(sentences)


def _with_a_typo(chance: random.Random, text: str) -> str:
    words = text.split(" ")
    place = chance.randrange(min(4, len(words) - 1), len(words))
    word = words[place]
    if len(word) > len("about") and word[0].islower():
        words[place] = word[:2] + word[3] + word[2] + word[4:]
    return " ".join(words)


def _with_dateline(chance: random.Random, text: str) -> str:
    agency = chance.choice(AGENCIES)
    return chance.choice(
        (
            f"GENEVA, March 3 ({agency}) - {text}",
            f"({agency}) — {text}",
            f"Port Amsel ({agency}) – {text}",
            f"LISBON — {text}",
            f"ROME/PARIS, 3 March 2026 ({agency}) -- {text}",
            f"МОСКВА, 3 мар - РИА Новости. {text}",
            f"{agency} - {text}",
            f"By Anna Lindqvist, {agency}\n{text}",
        )
    )


def _with_sign_off(chance: random.Random, text: str) -> str:
    return f"{text} {chance.choice(SIGNED)}"


def _with_lead_in(chance: random.Random, text: str) -> str:
    return f"{chance.choice(LEAD_INS)}{text}"


def _as_it_is(_: random.Random, text: str) -> str:
    return text


SHORT = 0.5
SAME_PAGE = 0.35
MIN_CUT = 150
DRESS = (
    "https://www.{}?utm_source=rss&utm_medium=feed",
    "http://{}",
    "https://m.{}/",
    "https://{}/amp/",
    "https://{}#comments",
)
CUTS = (_cut, _first_sentences, _without_a_sentence, _with_a_typo)
DRESSES = (_with_dateline, _with_dateline, _with_sign_off, _with_lead_in, _as_it_is)


def _robots(chance: random.Random) -> list[Carried]:
    """Texts of robots and desks that look alike and are not."""
    found = []
    for number, (title, text) in enumerate(lookalikes(chance, STORIES)):
        outlet = chance.choice(OUTLETS)
        at = START + timedelta(hours=chance.randint(0, 90), minutes=chance.randint(0, 59))
        link = f"https://{outlet}.example/auto/{number}"
        entry = Entry(guid=link, link=link, title=title, text=text, published=at)
        found.append(Carried(outlet, entry, f"robot {number}", at))
    return found
