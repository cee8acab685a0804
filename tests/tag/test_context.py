"""What the words around a surname say: each rule by a sentence of its own."""

import pytest

from aggregator.tag.matcher import Tagger
from aggregator.values.tag import Document, Person

BLAIRS = ("Tony Blair", "Cherie Blair")


def named(text: str, *names: str, title: str = "", language: str | None = None) -> set[str]:
    tagger = Tagger([Person(name, name) for name in names])
    return {tag.slug for tag in tagger.tag(Document(title, text, language=language))}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mrs Lavrov stayed at home.", "Sergey Lavrov"),
        ("Marko O'Lavrov sang.", "Sergey Lavrov"),
        ("Mr Tracey won the match.", "Tracey Emin"),
        ("In the hall Don Gibson sang of the road.", "Mel Gibson"),
        ("The priest said father John was ill.", "Elton John"),
        ("Bank governor Gerhard de Kock said so twice.", "Gerhard Stoltenberg"),
        ("The film stars Daniel Day-Lewis, and Day-Lewis is good in it.", "Mark Lewis"),
        ("The firm of Blunkett & Sons makes tables.", "David Blunkett"),
        ("The firm of Blunkett and Partners makes tables.", "David Blunkett"),
        ("Nagrodę dostała prof. Joliot-Curie za pracę, która się udała.", "Angelina Joliot"),
        ("Депутат Порошенко О.П. сказав про це.", "Петро Порошенко"),
        ("He wrote of William Pitt the Younger.", "Sam Younger"),
        ("The court sits in The Hague.", "William Hague"),
        ("O padre Jorge da Cunha falou com a imprensa.", "Alfredo Cunha"),
        ('The singer Robert "Bob" Lavrov is ill.', "Sergey Lavrov"),
        ("The Costa del Sol was hot.", "António Costa"),
        ("Durante la cena hablaron mucho; durante horas.", "Mauro Durante"),
        ("Поговорили с Анной Лавровой о погоде.", "Сергей Лавров"),
        ("Министр Михайлова каза, че това е за нея.", "Виктор Михайлов"),
        ("Podle Novákové to není možné.", "Petr Novák"),
        ("When Lleyton Gorkova shook his hand the crowd of fans was happy.", "Anna Gorkova"),
        ("The album Final Straw was sold to the fans.", "Jack Straw"),
        ("A substitute came on: Holland, Thomas (Johansson 72), Bartlett.", "Thomas Johansson"),
        ("ул. Лаврова закрыта, ул. Мира тоже.", "Сергей Лавров"),
    ],
)  # fmt: skip
def test_somebody_or_something_else_is_not_the_listed_person(text: str, name: str) -> None:
    assert named(text, name) == set()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("M. Blinken a dit que la paix est possible.", "Antony Blinken"),
        ("Premiér dnes přijal Merkelovou, řekl mluvčí.", "Angela Merkel"),
        ("Beide Seiten loben das Merkel-Macron-Papier.", "Angela Merkel"),
        ("A spokesman for the Bush-Cheney campaign was there with Dick Cheney.", "Dick Cheney"),
        ("Книга Мирослава Дочинця вийшла друком.", "Мирослав Дочинець"),
        ("Письмо Игоря Зайца пришло вчера.", "Игорь Заяц"),
        ("Kertoo Heikki Seppäsen kirja.", "Heikki Seppänen"),
        ("Koncert Roberta Grudnia się odbył.", "Robert Grudzień"),
        ("Spotkanie z Jean-Claude'em Junckerem się odbyło.", "Jean-Claude Juncker"),
        ("Nad Clintonovou vyhrál, řekl se smíchem.", "Hillary Clinton"),
        ("Ольга Герасим'юк виступила; листа Ольги Герасим’юк прочитали.", "Ольга Герасим’юк"),
        ("Levelet írt Göncz Árpádnak a miniszter.", "Göncz Árpád"),
        ("Mint Göncz mondta, ez nem igaz, hogy.", "Göncz Árpád"),
        ("Papież Franciszek odprawił mszę.", "Pope Francis"),
        ("Alžběta II. zemřela.", "Elizabeth II"),
        ("Ким Чен Ын прибыл в Пекин.", "Kim Jong-un"),
    ],
)  # fmt: skip
def test_the_listed_person_is_found(text: str, name: str) -> None:
    assert named(text, name) == {name}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr Blair spoke.", {"Tony Blair"}),
        ("Mrs Blair spoke.", {"Cherie Blair"}),
        ("Blair spoke.", set()),
        ("Tony Blair and his wife Cherie left.", {"Tony Blair", "Cherie Blair"}),
        ("Tony Blair left. Cherie Lunghi sang.", {"Tony Blair"}),
        ("Lionel Blair danced, and Mr Blair sang.", set()),
    ],
)
def test_relatives_of_one_surname_are_told_apart(text: str, expected: set[str]) -> None:
    assert named(text, *BLAIRS) == expected


def test_of_two_surnames_that_a_word_may_be_the_one_named_in_full_is_meant() -> None:
    people = ("Сергей Иванов", "Анна Иванова")

    assert named("Анна Иванова пела. Иванову хвалили.", *people) == {"Анна Иванова"}
    assert named("Сергей Иванов пел. Иванова хвалили.", *people) == {"Сергей Иванов"}


def test_a_rare_given_name_alone_counts_only_where_it_acts() -> None:
    assert named("Yesterday Venus said that she was fit.", "Venus Williams") == {"Venus Williams"}
    assert named("A report by the Fraser of Allander Institute.", "Fraser Kemp") == set()
    assert named("VENUS RISES OVER THE BAY", "Venus Williams") == set()


def test_a_hashtag_is_of_several_words() -> None:
    text = "Signed #SergeyLavrov"
    tagger = Tagger([Person("lavrov", "Sergey Lavrov")])

    (tag,) = tagger.tag(Document(text=text))

    assert [(match.start, match.text) for match in tag.matches] == [(8, "SergeyLavrov")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("قال جون كيري إن المحادثات مستمرة", "John Kerry"),
        ("אמר ולדימיר פוטין אתמול", "Vladimir Putin"),
        ("Ο Βλαντιμίρ Πούτιν μίλησε", "Vladimir Putin"),
    ],
)
def test_scripts_without_vowels_are_heard_by_consonants(text: str, name: str) -> None:
    assert named(text, name) == {name}


def test_any_words_between_are_no_middle_names_where_no_capital_tells() -> None:
    assert named("אלי אמר היום כל מה שהיה ויטה חומר", "Willy Wimmer") == set()


def test_a_name_in_hungarian_order_is_not_that_of_its_last_word() -> None:
    text = "Az ünnepségen, hogy a csapat nyert, ott volt Puskásy Ferenc is."

    assert named(text, "Ernő Ferenc") == set()
