"""NegationWords: the words by which ``negation`` tells what a "not" denies. Lists alone; English.

Each list says what a word of it does to a denial. Words of other languages belong in lists of their own.
"""

from __future__ import annotations

from typing import Final

from nightbell.flow.wording import word_set

__all__ = [
    "ADJECTIVES",
    "BARE_NO",
    "BODY",
    "BOUNDARY",
    "CARRIED",
    "CONTRACTED",
    "DOUBTS",
    "EARLIER",
    "FINITE",
    "GOES_ON",
    "GOING",
    "HEDGED",
    "LINKS",
    "LOOKS_LIKE",
    "MORE_THAN_EVER",
    "NEGATIVE",
    "NOT",
    "OR",
    "OWNERS",
    "PAST_NOT",
    "PEOPLE",
    "PREDICATES",
    "RELIEF",
    "SEEN_ON",
    "SIGHT_AFTER",
    "SIGNS",
    "SUBJECTS",
    "TAGS",
    "TAKEN_BACK",
    "TELLS",
    "TRYING",
    "UNTIL",
    "VERBAL",
    "VERBS",
]


NOT: Final = word_set(
    "not never isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't won't wouldn't "
    "nothing none neither nor"
)
BARE_NO: Final = word_set("no without")
OR: Final = word_set("or nor")
NEGATIVE: Final = NOT | word_set("no can't couldn't hardly barely unable ain't")
"""A sign that begins with one of these says its own "not": another one before it denies nothing of it."""
ADJECTIVES: Final = word_set("any real more actual visible new bad big much sign signs of longer")
"""Words that may stand between "no" and what it denies: "no real pain", "no sign of blisters"."""
BOUNDARY: Final = word_set("but and because so then now except although though however")
"""A new clause begins with each of these."""
CONTRACTED: Final = word_set(
    "it's i'm i've i'll i'd he's he'd he'll she's she'd she'll they're they've they'll they'd there's "
    "that's you're you've we're we've we'll it'll it'd"
)
"""A subject with its verb: a new clause too."""
PEOPLE: Final = word_set("i he she they we")
"""Who begins a clause by being named: "I don't care, I want to die"."""
SUBJECTS: Final = word_set("it there that which mine")
"""What begins one where a verb follows."""
OWNERS: Final = word_set("my her his the our their")
VERBS: Final = word_set(
    "is are am was were has have had looks look looked feels felt hurts went goes got gets keeps started "
    "turned turns came can can't couldn't just still"
)
LINKS: Final = word_set("like say saying said that mean")
""""It doesn't look like it's white": these carry a "not" over into the clause after them."""
HEDGED: Final = word_set("sure certain know think only just sleep stop help wait usually normally generally")
"""After "not" these turn it into something else: unsure, "not only", "not usually"."""
RELIEF: Final = word_set(
    "doing help helps helping helped work works working worked touch touches touching ease eases easing "
    "stop stops stopping relieve relieves better settle settles settling settled improve improving "
    "improved right normal okay sleep slept sleeping"
)
"""What is denied here is relief, and that denies no sign: "nothing helps the pain", "it isn't right"."""
GOING: Final = word_set("go going gone worn wearing wear come coming")
"""With "away", "down", "off" or "back" relief too: "it isn't going down"."""
TRYING: Final = word_set("trying try tried promise promised hard myself himself herself")
"""Before "not to" these say that it is wanted: "trying not to hurt myself"."""
GOES_ON: Final = word_set("won't isn't hasn't can't keeps still")
"""After a "but" these say that it is so: "not bleeding heavily, but it won't stop"."""
MORE_THAN_EVER: Final = word_set("so such this worse like as")
""""Never been so painful": a "never" before these says more, not less."""
VERBAL: Final = NEGATIVE | word_set(
    "gone went going goes turned turning stays looks passed collapsed fainted unconscious unresponsive "
    "took taken swallowed drank need want wants call lost losing soaked keeps still wet short only "
    "blistered scabbed coughed bled broken burst come slurred confused incontinent better"
)
"""No noun: a bare "no" right before one of these is an answer, "no, gone white"."""
FINITE: Final = word_set(
    "is are was were has have had won't isn't can't hasn't feels looks hurts keeps gone went dropped drooped"
)
"""Verbs that make a sentence of the noun before them: "no, legs are numb"."""
CARRIED: Final = word_set(
    "any a an the my her his your its our their some be been being am is are was were have has had having "
    "got get gets getting go gone going went goes come came turn turned turning look looks looked looking "
    "feel feels feeling felt seem seems seemed sound sounds sounded call called see seen seeing notice "
    "noticed noticing find found experience experienced experiencing suffer suffering suffered develop "
    "developed taken had complain complained complaining really real very that too so particularly "
    "especially terribly quite all at of in on with from to bit lot sign signs new visible actual bad "
    "longer yet anything like it me him them one need want hope there here even ever as much say mean us "
    "this which trouble difficulty problem problems issue issues slightest hint trace it's it'd wanted "
    "wants wanting worried about growing spreading increasing rising history"
)
"""What may stand between a "not" and the sign that it denies; over any other word it does not reach."""
LOOKS_LIKE: Final = word_set("look looks looked looking feel feels felt seem seems sound sounds anything")
"""Only after these does a "like" carry a denial on: "it isn't pain, like a band" denies no band."""
BODY: Final = word_set(
    "lip lips lip's skin skins skin's face face's nose cheek chin eye eyes eyelid arm arms leg legs hand "
    "hands foot feet back neck chest wound"
)
"""With an owner before them these may stand there too."""
PREDICATES: Final = word_set("it's its is probably was be really sure just only expect")
"""After these "nothing" is what it is said to be, and denies nothing: "it's nothing, a white patch"."""
UNTIL: Final = word_set("until till til except unless")
"""What is denied holds up to here: "no pain until now", "except in my eye"."""
TAKEN_BACK: Final = frozenset(
    [
        ("apart", "from"),
        ("other", "than"),
        ("anywhere", "but"),
        ("oh", "wait"),
        ("wait", "yes"),
        ("sorry", "yes"),
        ("well", "yes"),
        ("actually", "yes"),
        ("tell", "a"),
        ("hang", "on"),
    ]
)
"""The same in two words: "apart from my chest", "oh wait", "tell a lie"."""
TELLS: Final = word_set("say said mention mentioned tell told warn warned")
"""What nobody told is so: "you didn't say my legs would be numb"."""
EARLIER: Final = word_set("before yesterday earlier ago")
PAST_NOT: Final = word_set("wasn't weren't never hadn't didn't")
"""Something was not so then: "he wasn't confused this morning" says that he is."""
DOUBTS: Final = word_set("sure certain convinced swear promise guarantee say know trust rule")
"""What a "not" before these doubts may be so: "I can't say there's no numbness"."""
TAGS: Final = frozenset(
    [("is", "it"), ("is", "he"), ("is", "she"), ("are", "they"), ("does", "it"), ("could", "it"), ("has", "it")]
)
"""A question behind it: "he's not having a stroke, is he"."""
SIGNS: Final = word_set(
    "blister blisters spot spots scab scabs pus redness rash swelling bruise bruises bruising mark marks "
    "lump lumps change changes difference sign signs pattern"
)
"""Not to see any of these is no loss of sight: "I can't see any blisters"."""
SIGHT_AFTER: Final = word_set("between when if on in through of and or")
SEEN_ON: Final = word_set("lip lips face skin forehead lines chin nose cheek cheeks it") | SIGNS
"""Unless it is seen on something else: "I can't see any marks on the page"."""
