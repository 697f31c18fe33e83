"""People who do not exist, with numbers reserved for fiction.

Berlin 030 23125 and London 020 7946 0 are kept free for drama by the regulators, as is 555-01xx.
The last two digits decide what becomes of a call (`calls.FATES`).
"""

from __future__ import annotations

from typing import Any

_PEOPLE = """
+493023125101 Sabine Krüger
+493023125112 Murat Kaya
+493023125123 Helga Brandt
+493023125134 Tobias Reuter
+493023125145 Friederike Vogt
+493023125156 Dimitri Pavlenko
+493023125167 Ute Hansen
+493023125178 Jonas Feldmann
+493023125189 Nadja Weiss
+493023125197 Karl Ostermann
+493023125198 Petra Lorenz
+493023125196 Anton Maier
+493023125201 Birgit Seidel
+493023125212 Emre Demir
+442079460101 Priya Raman
+442079460112 Callum Doyle
+442079460123 Harriet Lowe
+442079460134 Isaac Mensah
+442079460145 Fiona Gallagher
+442079460156 Ralph Whitcombe
+442079460197 Nora Blythe
+442079460198 Desmond Pike
+12125550101 Marcy Delgado
+12125550112 Walter Quinn
+12125550123 Renee Castillo
+12125550134 Bert Lindgren
+12125550199 Opal Winters
"""

PEOPLE: list[dict[str, Any]] = [
    {
        "phone_number": line.split(" ", 1)[0],
        "variables": {
            "customer_name": line.split(" ", 1)[1],
            "email": line.split(" ", 1)[1].split()[0].lower() + "@example.com",
        },
    }
    for line in _PEOPLE.strip().splitlines()
]
