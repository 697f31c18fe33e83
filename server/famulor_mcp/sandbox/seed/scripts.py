"""What people say on the phone with the assistants of the seeded account.

A script is `language topic reached|missed`, the lines in turn from the caller's first on (the
assistant's greeting goes before), and what an evaluation finds in it.
"""

from __future__ import annotations

import re

from famulor_mcp.sandbox.talk import Script


def _script(kind: str, text: str, **results: str | int) -> Script:
    language, topic, goal = kind.split()
    lines = tuple(" ".join(line.split()) for line in re.split(r"\n +- ", text)[1:])
    return Script(language, topic, goal == "reached", lines, results)


SCRIPTS = (
    _script(
        "de termin reached",
        """
        - Ja, hallo, hier {{customer_name}}. Worum geht es denn?
        - Um die Wartung Ihrer Heizung. Wir haben am Donnerstag zwischen acht und
          zwölf Uhr einen Termin für Sie vorgemerkt. Passt das?
        - Donnerstag ist gut, aber bitte nicht vor neun.
        - Gern, dann trage ich neun bis zwölf Uhr ein. Kommt der Monteur bei Ihnen
          durch den Haupteingang herein?
        - Ja, klingeln reicht. Ich bin den ganzen Vormittag da.
        - Wunderbar. Ich habe Donnerstag, neun bis zwölf Uhr, für Sie bestätigt.
          Vielen Dank und auf Wiederhören!
        """,
        outcome="bestätigt",
        wish_date="Donnerstag 9-12 Uhr",
        rating=5,
    ),
    _script(
        "de termin reached",
        """
        - Hallo?
        - Ich rufe an, weil die jährliche Wartung Ihrer Wärmepumpe ansteht. Hätten Sie
          nächste Woche Dienstag Zeit?
        - Dienstag geht nicht. Mittwoch Nachmittag wäre möglich.
        - Mittwoch um vierzehn Uhr ist noch frei. Soll ich den Termin so eintragen?
        - Ja, machen Sie das.
        - Ist eingetragen: Mittwoch, vierzehn Uhr. Sie bekommen noch eine Bestätigung.
          Einen schönen Tag!
        """,
        outcome="verschoben",
        wish_date="Mittwoch 14 Uhr",
        rating=4,
    ),
    _script(
        "de termin missed",
        """
        - Ja bitte?
        - Es geht um den Wartungstermin für Ihre Heizung am Donnerstag. Passt der
          Ihnen?
        - Ich sitze gerade im Auto, das ist ungünstig. Rufen Sie ein andermal an.
        - Natürlich. Darf ich es morgen Vormittag noch einmal versuchen?
        - Meinetwegen. Tschüss.
        - Vielen Dank, bis morgen. Gute Fahrt!
        """,
        outcome="Rückruf",
        wish_date="offen",
        rating=3,
    ),
    _script(
        "de empfang reached",
        """
        - Guten Tag, bei uns tropft das Ventil am Heizkörper im Bad.
        - Das tut mir leid. Läuft viel Wasser aus, oder sind es einzelne Tropfen?
        - Nur Tropfen, ich habe eine Schüssel darunter gestellt.
        - Gut. Dann schicke ich Ihnen morgen zwischen zehn und zwölf Uhr einen
          Monteur. Auf welchen Namen und welche Straße darf ich das eintragen?
        - Weber, Kastanienweg vier.
        - Danke, Frau Weber. Morgen, zehn bis zwölf Uhr, Kastanienweg vier. Bis dahin!
        """,
        outcome="Termin",
        concern="Ventil tropft",
        rating=5,
    ),
    _script(
        "de empfang missed",
        """
        - Ich möchte bitte Herrn Lindner persönlich sprechen.
        - Herr Lindner ist heute auf einer Baustelle. Worum geht es, dann kann ich ihm
          etwas ausrichten?
        - Um eine Rechnung. Aber das bespreche ich nur mit ihm selbst.
        - Ich verstehe. Soll er Sie unter dieser Nummer zurückrufen?
        - Nein, ich melde mich wieder.
        - Sehr gern. Auf Wiederhören.
        """,
        outcome="kein Ergebnis",
        concern="Rechnung",
        rating=2,
    ),
    _script(
        "de notdienst reached",
        """
        - Unsere Heizung ist ausgefallen, und wir haben ein kleines Kind im Haus!
        - Ich kümmere mich sofort darum. Zeigt das Gerät einen Fehlercode an?
        - Ja, da steht E neun und ein rotes Licht blinkt.
        - Danke. Das ist die Zündung. Ein Techniker ist in etwa fünfzig Minuten bei
          Ihnen. Wie lautet die Adresse?
        - Birkenallee siebzehn, zweiter Stock, Okafor.
        - Birkenallee siebzehn, Okafor. Der Techniker ruft Sie zehn Minuten vorher an.
        """,
        outcome="Einsatz",
        concern="Heizungsausfall E9",
        rating=5,
    ),
    _script(
        "de umfrage reached",
        """
        - Ja, kurz habe ich Zeit.
        - Danke. Auf einer Skala von eins bis fünf: Wie zufrieden waren Sie mit
          unserem Monteur?
        - Eine Fünf, der war pünktlich und hat alles erklärt.
        - Das freut uns. Gibt es etwas, das wir besser machen können?
        - Die Rechnung hätte gern per E-Mail kommen können.
        - Das gebe ich weiter. Herzlichen Dank für Ihre Zeit!
        """,
        outcome="zufrieden",
        rating=5,
    ),
    _script(
        "de umfrage missed",
        """
        - Nein, an Umfragen nehme ich nicht teil.
        - Das respektiere ich selbstverständlich. Ich nehme Sie von der Liste. Einen
          schönen Tag!
        """,
        outcome="abgelehnt",
        rating=0,
    ),
    _script(
        "en reminder reached",
        """
        - Yes, this is {{customer_name}}.
        - I am calling about the annual service of your boiler. We have a slot this
          Thursday between nine and noon. Would that suit you?
        - Thursday works, as long as it is after ten. I drop the children off first.
        - Of course, I will put you down for ten to noon. Is there parking close to
          the house?
        - There is, right in front. Could you text me before he arrives?
        - I will add that note. You are booked for Thursday, ten to noon, and you will
          get a text half an hour before. Thank you and goodbye!
        """,
        outcome="confirmed",
        wish_date="Thursday 10-12",
        rating=5,
    ),
    _script(
        "en reminder reached",
        """
        - Speaking. Who is this?
        - The service desk of Lindenhof. Your heat pump is due for its yearly check.
          Could we come by next Tuesday?
        - Tuesday is bad. What about Wednesday afternoon?
        - Wednesday at two is free. Shall I book it for you?
        - Please do. How long will it take?
        - About an hour. Wednesday at two it is. You will receive a confirmation
          shortly. Have a good day!
        """,
        outcome="rescheduled",
        wish_date="Wednesday 14:00",
        rating=4,
    ),
    _script(
        "en reminder missed",
        """
        - Hello?
        - I am calling about the annual service of your boiler. Do you have a minute?
        - Not really, and we had it done by somebody else last month.
        - I see, thank you for letting me know. Shall I take your address off the
          reminder list?
        - Yes please.
        - It is done. Sorry for the trouble, and goodbye.
        """,
        outcome="declined",
        wish_date="none",
        rating=2,
    ),
    _script(
        "en solar reached",
        """
        - Oh yes, I filled in that form on your website.
        - Great. May I ask whether you own the house, and how old the roof is?
        - We own it, and the roof was redone six years ago. It faces south-west.
        - That sounds ideal. What is your yearly electricity bill, roughly?
        - About eighteen hundred euros, with the electric car.
        - Then a visit from our planner makes sense. Friday at four, or Monday at
          nine?
        - Friday at four, please.
        - Friday at four is booked. Our planner brings a first estimate along. Thank
          you!
        """,
        outcome="visit booked",
        budget=1800,
        rating=5,
    ),
    _script(
        "en solar missed",
        """
        - I only wanted to look at prices. We rent the flat.
        - Thank you for telling me. For tenants there are small balcony systems. May I
          send you our leaflet by e-mail?
        - No, thanks. Maybe when we move.
        - All right. I wish you all the best for that. Goodbye!
        """,
        outcome="not qualified",
        budget=0,
        rating=3,
    ),
    _script(
        "en reception reached",
        """
        - Good morning, I would like a quote for a new bathroom.
        - With pleasure. Is it a full renovation, or only new fittings?
        - A full one, about seven square metres, with a walk-in shower.
        - Thank you. I suggest a visit so that we can measure. Would Thursday at three
          suit you?
        - Yes, that is fine. The name is Hartley.
        - You are booked for Thursday at three, Ms Hartley. We look forward to it.
        """,
        outcome="appointment",
        concern="Bathroom quote",
        rating=5,
    ),
    _script(
        "en reception missed",
        """
        - Hi, do you also repair dishwashers?
        - I am afraid we only work on heating, plumbing and solar. A household
          appliance service can help you there.
        - Oh, I see. Then I will keep looking.
        - Sorry that we could not help. Goodbye!
        """,
        outcome="out of scope",
        concern="Dishwasher",
        rating=3,
    ),
)

FALLBACK = {
    "de": _script(
        "de allgemein reached",
        """
        - Hallo, ja, ich habe einen Moment Zeit.
        - Vielen Dank. Ich melde mich wie besprochen und möchte kurz alles mit Ihnen
          klären.
        - Gern. Was brauchen Sie von mir?
        - Nur Ihre Bestätigung, dass alles so bleibt wie vereinbart.
        - Ja, das passt so.
        - Perfekt, dann ist alles notiert. Vielen Dank und auf Wiederhören!
        """,
        outcome="erledigt",
    ),
    "en": _script(
        "en general reached",
        """
        - Hello, yes, I have a minute.
        - Thank you. I am calling as agreed and would like to go through this with
          you.
        - Sure. What do you need from me?
        - Only your confirmation that everything stays as arranged.
        - Yes, that is right.
        - Perfect, I have noted it. Thank you for your time, and goodbye!
        """,
        outcome="confirmed",
    ),
}

VOICEMAIL = _script(
    "en voicemail missed",
    """
    - The person you have called is not available. Please leave a message after the tone.
    """,
    outcome="voicemail",
    rating=0,
)
