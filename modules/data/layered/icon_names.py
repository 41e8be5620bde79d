"""Names of icons: which scene class they say, of icons that show one whole thing and nothing else."""

import re
import zlib
from collections.abc import Iterable

_THINGS = {
    "animal": (
        "ant badger bat beaver beetle bird bison blackbird blowfish bug butterfly camel cat chick chipmunk "
        "cockroach cow crab cricket crocodile deer dinosaur dodo dog dolphin donkey dove dragon duck eagle "
        "elephant ewe fish flamingo fly giraffe goat goose gorilla hedgehog hen hippopotamus honeybee horse "
        "jellyfish kangaroo leopard lizard llama lobster mammoth monkey mosquito mouse octopus orangutan orca "
        "otter owl ox parrot peacock penguin pig poodle rabbit ram rat rhinoceros rooster sauropod scorpion seal "
        "shark sheep shrimp skunk sloth snail snake spider squid squirrel swan t-rex tiger turkey turtle "
        "water-buffalo whale worm zebra"
    ),
    "vehicle": (
        "airplane ambulance articulated-lorry auto-rickshaw automobile bicycle bus car fire-engine helicopter "
        "kick-scooter light-rail locomotive minibus monorail motor-boat motor-scooter motorcycle railway-car "
        "rocket sailboat ship sled sport-utility-vehicle taxi tractor train tram trolleybus truck"
    ),
    "building": (
        "bank castle church circus-tent classical-building convenience-store department-store factory hospital "
        "hotel house hut kaaba lighthouse mosque office-building post-office school shinto-shrine stadium "
        "synagogue temple tower"
    ),
    "tree": "tree",
    "plant": (
        "blossom bouquet cactus flower herb hibiscus hyacinth lotus mushroom potted-plant rose seedling shamrock "
        "sheaf-of-rice sunflower tulip"
    ),
    "furniture": "armchair bathtub bed chair couch-and-lamp desk file-cabinet seat sofa stool table toilet",
    "object": (
        "abacus accordion alembic amphora apple artist-palette avocado axe backpack bacon badminton bagel "
        "baguette-bread balance-scale banana banjo basket basketball beer-mug bell bell-pepper birthday-cake "
        "blueberries book books bowl-with-spoon bread briefcase broccoli broom bucket burrito butter cake camera "
        "candle candy canned-food carrot cheese-wedge cherries chestnut chocolate-bar cocktail-glass coconut "
        "computer-mouse cookie croissant crown crystal-ball cucumber cup-with-straw cupcake curry-rice custard "
        "cut-of-meat dagger diya-lamp doughnut drum dumpling ear-of-corn egg eggplant fire-extinguisher "
        "flashlight flatbread flute fondue fork-and-knife framed-picture french-fries fried-shrimp funeral-urn "
        "game-die garlic ginger-root glass-of-milk grapes green-salad guitar hamburger hammer handbag harp "
        "hot-beverage hot-dog hot-pepper ice-cream jack-o-lantern jar kitchen-knife kiwi-fruit ladder lamp laptop "
        "leafy-green lemon light-bulb lime lollipop long-drum lotion-bottle luggage mango maracas mate "
        "meat-on-bone melon microscope mirror money-bag moon-cake musical-keyboard nesting-dolls oil-drum old-key "
        "olive onion open-book oyster paintbrush pan pancakes pea-pod peach peanuts pear pencil pie pineapple "
        "pizza popcorn pot-of-food potato poultry-leg pretzel purse radio red-paper-lantern rice-ball "
        "root-vegetable sake salt sandwich saxophone scissors screwdriver shopping-cart shortcake shovel "
        "soccer-ball spaghetti spoon steaming-bowl strawberry studio-microphone sushi sweet-potato taco tangerine "
        "teacup-without-handle teapot teddy-bear telephone telescope television tomato toolbox treasure-chest "
        "trombone trophy tropical-drink trumpet tumbler-glass typewriter umbrella vase violin waffle wastebasket "
        "watermelon wine-glass wrapped-gift wrench yarn"
    ),
}
_POSES = (
    "bouncing cane cartwheeling dancer dancing fencing golfing handball kneeling levitating running standing walking"
)
"""What somebody does who is shown from head to foot; other icons of people mostly show a bust."""

_PEOPLE = "adult boy child dancer girl man men people person woman women worker"
_SPOILING = (
    "arrival badge beach biking button camping cards carousel construction cricket-game crying departure emoji "
    "eyes face faces flag game-pad grinning hand hands head heart hearts horse-racing icon joy kissing left "
    "location mahjong mask medal no nose off paw playing-cards police-car-light pouting rain ribbon sign signal "
    "slash smiling stop symbol tanabata track trap weary web white-flower wry"
)
"""Words of icons that show a part, a sign, or several things."""

_NO_GENDER = re.compile(r"\bperson\b")
_TONE = re.compile(r"-(?:(?:medium-)?(?:light|dark)|medium)(?:-skin-tone)?$")
_VARIANT = re.compile(rf"{_TONE.pattern}|-facing-right$|-duo$|-flat$")


_KINDS = {phrase: kind for kind, phrases in _THINGS.items() for phrase in phrases.split()}


def kind_of_icon(name: str) -> str | None:
    """Read which scene class an icon shows as one whole thing; None for signs, parts, several things, or not known.

    "red-apple" is an object and "hot-dog", too: of the phrases that it holds, the longest say what it is.
    """
    words = re.findall(r"[a-z]+", name.lower())
    if _held(words, _SPOILING.split()):
        return None
    if _held(words, _PEOPLE.split()):
        return "person" if _held(words, _POSES.split()) else None
    found = _held(words, _KINDS)
    longest = max((phrase.count("-") for phrase in found), default=0)
    kinds = {_KINDS[phrase] for phrase in found if phrase.count("-") == longest}
    return kinds.pop() if len(kinds) == 1 else None


def _held(words: list[str], phrases: Iterable[str]) -> list[str]:
    """List the phrases, words joined by "-", that stand in a name; the last word may be a plural."""
    text = f"-{'-'.join(words)}-"
    return [phrase for phrase in phrases if f"-{phrase}-" in text or f"-{phrase}s-" in text]


def without_variants(names: Iterable[str]) -> list[str]:
    """Leave out icons that show another once more: looking the other way, flat, or of no gender.

    Of the tones of skin one stays, another for each icon, and never the yellow one.
    """
    known, tones = set(names), dict[str, list[str]]()
    for name in sorted(known):
        base = name
        while (shorter := _VARIANT.sub("", base)) != base and shorter in known:
            base = shorter
        if _NO_GENDER.sub("woman", base) == base or _NO_GENDER.sub("woman", base) not in known:
            tones.setdefault(base, []).append(name)
    chosen = []
    for base, same in tones.items():
        toned = [name for name in same if _TONE.search(name[len(base) :])]
        chosen.append(toned[zlib.crc32(base.encode()) % len(toned)] if toned else base)
    return chosen
