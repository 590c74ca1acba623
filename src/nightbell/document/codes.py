"""Codes: every fault that a file can have, in one table. Codes are never reused.

``Code.explanation`` is for a clinic's owner: what the rule is for and how to mend it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["CODES", "Code"]


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for."""

    title: str
    explanation: str


_TABLE: Final = {
    "NB110": Code("The file is not YAML", "The reader could not go on past this place. Often a quote, bracket or "
                  "a colon is missing just before it, or a line is indented by one space too many."),
    "NB111": Code("A tab", "YAML is indented with spaces. Replace the tab with spaces."),
    "NB112": Code("A key twice", "Two entries of one mapping have the same name; one of them would be lost."),
    "NB113": Code("A YAML tag", "Tags such as !!python/object are never read. Write the value itself."),
    "NB114": Code("An unknown anchor", "An alias such as *name needs an &name before it, in the same file and "
                  "outside of itself."),
    "NB115": Code("The file is too large", "A file is limited in characters, in values and in depth, so that no "
                  "file can stop the line. Split it into fragments."),
    "NB116": Code("A character that cannot be read", "Files are UTF-8 text without control characters."),
    "NB117": Code("More than one document", "A file holds one document; what follows --- would be lost."),
    "NB118": Code("Not a mapping", "The file as a whole must be a list of 'key: value'."),
    "NB119": Code("A key that is no text", "A key is one word of text."),
    "NB120": Code("A file is missing", "Every clinic's folder needs flow.yaml and clinic.yaml."),
    "NB121": Code("An unknown key", "The key means nothing here; it is misspelled or stands one level off."),
    "NB122": Code("A key is missing", "The entry cannot do its work without this key."),
    "NB123": Code("The wrong kind of value", "Text, a list or a mapping was wanted and something else is there."),
    "NB124": Code("A value that is not allowed", "The value is outside of what the key can take."),
    "NB125": Code("An unknown kind of state", "A state is one of the kinds that the flow language knows."),
    "NB126": Code("A name that cannot be used", "Names are lower-case letters, digits and underscores, beginning "
                  "with a letter; a few are taken by prompts."),
    "NB127": Code("An unknown version of the language", "This Nightbell reads spec 1.0 and 1.1. A fragment that "
                  "names none is in the version of the flow that uses it."),
    "NB128": Code("A value is missing", "The key stands there with nothing behind it."),
    "NB130": Code("An unknown state", "The flow leads to a state that does not exist."),
    "NB131": Code("A role without a state", "The emergency words, the silent call and the way to a person are "
                  "needed in every flow, because key 9, silence and key 0 work everywhere."),
    "NB132": Code("An unknown name in a text", "Only facts of clinic.yaml and the few things a call knows can "
                  "stand between {{ and }}."),
    "NB133": Code("A fragment that does not exist", "uses: names fragments below the flows folder, without .yaml"),
    "NB134": Code("Fragments in a ring", "A fragment cannot use itself, through others or not."),
    "NB135": Code("A fragment outside of the flows", "A fragment's name is made of plain folder and file names; "
                  ".. and absolute paths are refused."),
    "NB136": Code("Two fragments with one name", "Two fragments define the same entry and neither can win. Put "
                  "the entry into flow.yaml, which always wins."),
    "NB137": Code("Another clinic's file", "The name in the file is not the name of its folder."),
    "NB138": Code("An outcome that leads nowhere", "Every outcome needs a way on: silence, mumbling, exhausted "
                  "tries, a failed notice. A caller must never meet a dead end."),
    "NB139": Code("A dialog that nothing calls", "Its states are checked, and no caller will ever hear them. A "
                  "warning: it stops nothing."),
    "NB140": Code("No key of a telephone", "Keys are 0 to 9, * and #, one at a time."),
    "NB141": Code("A key that is taken", "9 is the emergency, 0 a person, # repeats and * leads to the emergency, "
                  "everywhere. A choice takes 1 to 8."),
    "NB142": Code("One key, two choices", "A key can mean one thing in a state."),
    "NB143": Code("One phrase, two meanings", "What a caller says must lead to one place."),
    "NB144": Code("Too many choices", "A caller keeps at most four choices in mind."),
    "NB145": Code("Too many questions", "A screen asks at most five questions, the most dangerous first."),
    "NB146": Code("A phrase that cannot be read", "Phrases are words, (a|b) for one of several, [x] for may be "
                  "missing and, in universals, ... for up to six words."),
    "NB147": Code("A choice without a key", "A caller who never speaks gets the same care, so every choice has a "
                  "key."),
    "NB150": Code("A text that cannot be read", "Only {{ name }} is known in texts: no blocks, no filters, no "
                  "sums."),
    "NB151": Code("A text without words", "A prompt must say something."),
    "NB152": Code("A promise where none is made", "promise_who, promise_time and promise_number are known only in "
                  "an end with promise: true."),
    "NB153": Code("A fact the clinic does not give", "The text uses something that clinic.yaml leaves empty."),
    "NB154": Code("A text that a comma may cut", "In brackets a comma parts two texts: [Sorry, I did not "
                  "hear you.] is two. Put texts into quotes."),
    "NB160": Code("A promise without its words", "An end with a promise says by what time it is kept, and has "
                  "words for when it could not be made durable."),
    "NB161": Code("An end without a promise", "Every end of D2, D3 and D4 makes a promise: who rings, from which "
                  "number, by what time."),
    "NB162": Code("Key 9 or 0 leads elsewhere", "Key 9 is the emergency words and key 0 a person, everywhere."),
    "NB170": Code("No such place", "country is an ISO code such as GB, zone a name such as Europe/London."),
    "NB171": Code("Hours that cannot be read", "Hours are spans such as 09:00-17:30, in order, not overlapping."),
    "NB172": Code("No telephone number", "A number is written with its country code; emergency and "
                  "crisis numbers are never a clinic's."),
    "NB180": Code("A prompt's recording that cannot be used", "A recording in prompts/ is damaged or silent. In a "
                  "call the voice speaks in its place."),
    "NB190": Code("An older version of the language", "The file is read as what it meant then. A warning: write "
                  "it in the newest version when you next change it; the hint says what is different."),
    "NB191": Code("An outcome that cannot be led there", "routes: leads an outcome of this state elsewhere than "
                  "usual. Only the outcomes that the state can have stand there, and only a universal can be "
                  "same."),
    "NB192": Code("An unknown result", "A branch reads a result that no state gives, or a category that it never "
                  "has: the case would never hold."),
    "NB193": Code("An unknown counter", "A branch reads a counter that no state counts: the case would never "
                  "hold."),
    "NB194": Code("A name that a dialog does not know", "A call names the dialog, gives it the parameters it asks "
                  "for, and leads its returns on. Inside of it, return:NAME is one of its returns."),
    "NB195": Code("Dialogs without an end", "A dialog is written out once for each call of it. One that calls "
                  "itself, or dialogs in great numbers, would never come to an end."),
    "NB196": Code("An unknown grammar or slot", "<name> stands for a grammar of the flow and {name} for the words "
                  "of a slot. A universal cannot fill a slot."),
    "NB197": Code("An unknown language", "languages: names every language of the flow, the first one first, by "
                  "its code of two letters."),
    "NB198": Code("A confirmation that does not work", "confirm: is asked of an answer heard with a confidence "
                  "from low_confidence_level up to confidence_level, and says {{ heard }}; nothing else can say "
                  "it."),
    "NB199": Code("A number where a role belongs", "A flow never names a person's number: it names a role, and "
                  "oncall.yaml says who has it."),
    "NB201": Code("A call script that asserts nothing", "A script says how the call must end: disposition or "
                  "at_least. Without it a green result would mean nothing; so it would with at_least: D5 alone, "
                  "which holds for every call. What is given under expect and empty, such as states: [], asserts "
                  "nothing either."),
    "NB202": Code("An answer that does nothing", "An answer says, presses, hangs up or is silence: true."),
    "NB203": Code("A recording that is not there", "say: names a file of the caller audio, without .wav"),
    "NB204": Code("A recording that cannot be used", "The caller's recording is damaged or silent: a caller who "
                  "makes no sound would test nothing. That of a replay is the whole call at 8000 Hz, one "
                  "channel; only where keys, a hang-up or ended: silent tell of the call may it be silent, "
                  "with the effects that nightbell repro wrote."),
    "NB205": Code("A red flag on one side only", "red_flag: true stands in expect and on the turn whose words "
                  "hold the flag, or on neither; default: is such a turn too. A flagged call cannot expect to "
                  "page nobody, and within_turns counts from the flag."),
    "NB206": Code("Another script's file", "script: is the name of the file, without .yaml"),
    "NB207": Code("A caller without a voice", "words: is read at tier text. A call with sound needs a recording "
                  "of them: say: NAME, or the whole script says tier: text. means: without words is read at tier "
                  "engine."),
    "NB208": Code("A fake that needs tier: text", "Ears and a voice that fail are laid down in scripts without "
                  "sound. With sound, the real ones are at work."),
    "NB209": Code("A failure that cannot be excused", "known_failure: is for what annoys, for 180 days at most. A "
                  "red flag, an urgent end, a page, the emergency words, states that keep a caller safe and the "
                  "guards against a false green are mended, not noted."),
    "NB210": Code("A replay that is none", "replay: plays a call that was taken again, at its times, with its "
                  "sound: nothing else answers in it, and it is no script for tier text."),
    "NB212": Code("A call that failed", "nightbell rehearse --format github shows each failure at the expectation "
                  "that was not met; as a warning where it is known and excused."),
    "NB215": Code("A caller's recording that may not be used", "Who was recorded agreed to it until a day, and to "
                  "that recording: nightbell capture wrote both down. Ask again and capture it anew, or take it "
                  "out with nightbell capture --forget NAME."),
    "NB216": Code("A prompt or a result that is not there", "eventually: and prompts_heard: name what the flow "
                  "says and learns. Another name would wait for what never comes, or without sound for nothing."),
    "NB221": Code("An unknown sign", "What a caller can have is named once, in signs.yaml, so that callers and "
                  "questions mean the same thing by it."),
    "NB222": Code("A caller twice", "A caller's id is unique over all files: it names the recording and the "
                  "result."),
    "NB223": Code("Half a correction", "Who takes a no back says two things: says: and then:. Nobody else has a "
                  "then."),
    "NB224": Code("A caller with nothing to say", "A caller says something, makes a sound, hangs up or is silent: "
                  "one of them."),
    "NB225": Code("Another row's file", "row-03.yaml holds the callers of row 3 and no others."),
    "NB226": Code("An unknown clinic", "Callers ring a clinic that has a flow."),
    "NB227": Code("The same words twice", "Two callers who say the same test one thing, and are counted as two."),
    "NB228": Code("A caller without a sign", "Who has a floor has something the matter: without a sign every "
                  "question is answered no, and the floor could only be reached by chance."),
    "NB420": Code("The flow is too large to be proved", "The proof looks at every place a call can stand, with "
                  "everything it may remember there, and there are too many. Counters, results, languages and "
                  "branches multiply: leave out the largest of those that are named."),
    "NB711": Code("A turn that cannot be read", "A rotation is weekly, daily or list. A weekly one hands over "
                  "at a day and a time (mon 18:00), a daily one at a time (18:00); quiet hours are a span "
                  "(22:00-07:00)."),
    "NB712": Code("Somebody who is not among the people", "Whoever is named in the rota stands under people: "
                  "with a name and a mobile. Somebody who left is taken out of people: and of all that names "
                  "them; from that moment they cannot be rung, whatever was planned before."),
    "NB713": Code("Nobody in the rota", "A rotation, a layer or a holiday has nobody in it. At that hour the "
                  "caller would be told to wait for nobody."),
    "NB714": Code("Somebody who cannot be rung", "A page counts as taken only when a person presses a key, and "
                  "only a telephone has keys. Give mobile:, or contact: with a telephone:. Mail and messages go "
                  "out beside it."),
    "NB715": Code("A last resort of nobody", "When everybody on the ladder is asleep, the last resort is rung: "
                  "all of your people, or a human answering service. It cannot be empty."),
    "NB716": Code("A gap in the rota", "Between two shifts of a list there is nobody. Add the shift, or put a "
                  "weekly rotation behind the list: the first rotation of a layer that has somebody counts."),
    "NB717": Code("A time that does not exist", "In the night the clocks go forward an hour is left out, and a "
                  "shift cannot begin or end in it. A time that comes twice may be written: a shift begins at "
                  "the first and ends at the last, so that two people are there rather than nobody."),
    "NB718": Code("An exception without an end", "An override, a swap or a shift that nobody ends holds for "
                  "ever, and is found out on the wrong night. Write to:."),
    "NB719": Code("An end before the beginning", "from: lies before to:."),
    "NB720": Code("An unknown rotation, layer or rung", "Layers name rotations, exceptions name layers, and "
                  "ladders name layers, people, treating, coordinator or last_resort."),
    "NB721": Code("One person alone", "A clinic that says cover: full has somebody behind the first. Add a "
                  "second person, or say cover: solo, so that callers are told."),
    "NB722": Code("A ladder that cannot be read", "A ladder is a list of whom to ring and for how long: [first "
                  "45s, second 45s, last_resort 45s]. It is gone through again and again until somebody takes "
                  "the page."),
    "NB723": Code("A way to reach somebody that cannot be used", "telephone and sms take a number, email a "
                  "mailbox, push a topic that is hard to guess, webhook an address that begins with https."),
    "NB724": Code("A PIN that cannot be keyed", "Four to eight digits; the first is no 9, because 9 is the "
                  "emergency on every keypad here."),
    "NB725": Code("A calendar that cannot be read", "An .ics file has events with a beginning, an end and, as "
                  "its title, the key of somebody under people:."),
    "NB731": Code("A list of treatments that cannot be read", "treatments.csv is text with one treatment a line "
                  "and the columns number, clinician, product, area, date. Without it of every caller it is not "
                  "known whether they were treated with filler lately, which is the worst case."),
    "NB732": Code("A patient without a number", "Callers are found by their number. Spreadsheets cut the zero off "
                  "numbers: format that column as text."),
    "NB733": Code("A clinician who is not among the people", "Who treated a caller is rung first. The key must "
                  "stand under people: in oncall.yaml, or the person on call is rung first."),
    "NB734": Code("An unknown product", "Products have the names of the clinical table. One that is not known "
                  "counts as filler."),
    "NB735": Code("A date that cannot be read", "Dates are year, month and day, as 2026-11-22, and not still to "
                  "come. Until it reads, nobody takes the patient for not treated lately."),
    "NB736": Code("The same treatment twice", "One of the two lines can go."),
    "NB737": Code("A cell that a spreadsheet would run", "A cell that begins with = + - or @ is a formula to a "
                  "spreadsheet, and could do harm where the list is opened. Here it is never worked out, and "
                  "counts as empty. Very long cells count as empty too."),
}  # fmt: skip

CODES: Final = MappingProxyType(_TABLE)
