#!/usr/bin/env python3
"""Vérifie une attribution publiée du Club Q : python3 verify.py RECORD INPUT RESULT

RECORD, INPUT et RESULT sont les trois fichiers publiés sur la page du tirage. Ce programme n'a
besoin que de Python (3.8 ou plus récent), ne lit rien d'autre et n'envoie rien. Il recalcule, en
nombres entiers, tout ce qui est annoncé :

 - la graine est celle dont l'empreinte a été publiée avant l'ouverture du formulaire ;
 - les vœux et le résultat sont ceux dont les empreintes sont publiées ;
 - aucune contrainte n'est violée : places, minimums, budgets, nombres de spectacles, horaires ;
 - les quatre objectifs valent bien ce qui est annoncé ;
 - avec la stratégie équitable prouvée : aucune place perdue, aucun échange qui ferait mieux.

Avec --me COMPTE PSEUDONYME, il vérifie aussi que les clés de vos vœux sont celles de votre compte.
Code de fin : 0 si tout est juste, 1 si quelque chose est faux, 2 si un fichier est illisible.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Tuple

Key = Tuple[int, int]
Score = Tuple[int, int, int]
Json = Dict[str, Any]
Held = Dict[int, int]

FULL, HALF, POINT, CAP, BETWEEN = 2520, 1260, 210, 160, 30
OBJECTIVES = ("served", "worth", "places", "draw")


def worth(units: int) -> int:
    """The concave value of so many units: each half wish is worth half of the one before."""
    total, slope = 0, 1 << 14
    while units > HALF and slope > 1:
        total, units, slope = total + HALF * slope, units - HALF, slope >> 1
    return total + units * slope


class Draw:
    """The three files together."""

    def __init__(self, record: Json, given: Json, result: Json) -> None:
        self.record, self.given, self.result = record, given, result
        self.seed = bytes.fromhex(record["seed"])
        self.rules = given["parameters"]
        self.people = {one["id"]: one for one in given["people"]}
        self.shows = {one["id"]: one for one in given["shows"]}
        self.wishes = {(one["person"], one["show"]): one for one in given["wishes"]}
        self.fixed = {(one["person"], one["show"]): one for one in given["grants"]}
        self.grants = {(one["person"], one["show"]): one["places"] for one in result["grants"]}
        self.held: Dict[int, Held] = {person: {} for person in self.people}
        self.level = {person: self.start(one) for person, one in self.people.items()}
        for key, places in self.grants.items():
            if key in self.wishes and places:
                self.held[key[0]][key[1]] = places
                self.level[key[0]] += places * self.value(key)
        self.left = {
            show: one["capacity"] - sum(held.get(show, 0) for held in self.held.values())
            for show, one in self.shows.items()
        }

    def start(self, person: Json) -> int:
        """Where somebody starts, in units: the more discontented, the lower."""
        tenths: int = person["discontent"]
        first, promo = self.rules.get("promo_1a"), person.get("promo")
        if self.rules["use_bonus"] and first is not None and promo is not None:
            year, bonuses = first - promo, self.rules["bonuses"]
            tenths += bonuses[year] if 0 <= year < 4 else self.rules["bonus_other"]
        return (CAP - max(-CAP, min(CAP, tenths))) * POINT // 10

    def value(self, key: Key) -> int:
        """The value of one place of a wish, in units."""
        rank, places = self.wishes[key]["priority"], self.wishes[key]["places"]
        units = FULL * (self.rules["theta"] + (4 - self.rules["theta"]) * rank)
        return int(units // (4 * rank * places))

    def draw_key(self, key: Key) -> int:
        """The draw key of a wish: the published one, or what the seed says."""
        published = self.wishes[key].get("key")
        return int(published, 16) if published else self.drawn(*key)

    def drawn(self, account: int, show: int) -> int:
        """What the seed says for an account and a show."""
        message = f"{self.given['season']}:{account}:{show}"
        return int(hmac.new(self.seed, message.encode(), hashlib.sha256).hexdigest(), 16)

    def overlap(self, one: int, other: int) -> bool:
        """Whether nobody can be at both shows."""
        first, second = sorted((self.shows[one], self.shows[other]), key=lambda x: x["start"])
        return bool(second["start"] < first["start"] + first["duration"] + BETWEEN)

    def spent(self, held: Held) -> int:
        """What so many places of each show cost, in cents."""
        return sum(places * int(self.shows[show]["price"]) for show, places in held.items())

    def forbidden(self, key: Key, more: int) -> bool:
        """Whether a rule of the person's own forbids so many places more."""
        person, held = self.people[key[0]], self.held[key[0]]
        if self.fixed.get(key, {}).get("locked"):
            return True
        if key[1] not in held:
            if len(held) >= person.get("max_shows", len(held) + 1):
                return True
            if not person["accept_clashes"] and any(self.overlap(key[1], one) for one in held):
                return True
        cost = more * self.shows[key[1]]["price"]
        return bool(cost and self.spent(held) + cost > person.get("budget", float("inf")))

    def fewest(self, key: Key) -> int:
        """The fewest places that may be added to a wish."""
        return max(1, int(self.wishes[key]["minimum"] - self.grants[key]))


def whole(draw: Draw) -> Iterator[str]:
    """Every wish has one answer, and the files are of one run."""
    if draw.record.get("format") != "club-q-record-1":
        yield "RECORD n'est pas un enregistrement du tirage"
    if draw.given.get("format") != "club-q-instance-1":
        yield "INPUT n'est pas une liste de vœux"
    if draw.result.get("format") != "club-q-result-1":
        yield "RESULT n'est pas un résultat"
    if draw.record["season"] != draw.given["season"]:
        yield "RECORD et INPUT ne sont pas de la même saison"
    if draw.record["strategy"] != draw.result["strategy"]:
        yield "RECORD et RESULT ne sont pas de la même stratégie"
    if len(draw.result["grants"]) != len(draw.grants) or set(draw.grants) != set(draw.wishes):
        yield "RESULT ne répond pas une fois à chaque vœu"
    if any(type(places) is not int for places in draw.grants.values()):
        yield "RESULT a des places qui ne sont pas des nombres entiers"


def committed(draw: Draw) -> Iterator[str]:
    """The seed is the one that was committed to."""
    text = f"club-q-v1|{draw.record['season']}|{draw.seed.hex()}"
    if hashlib.sha256(text.encode()).hexdigest() != draw.record["commitment"]:
        yield "la graine n'est pas celle de l'empreinte"


def constraints(draw: Draw) -> Iterator[str]:
    """Nothing breaks a rule; what the team gave by hand is taken as it is."""
    for key, places in draw.grants.items():
        wish, given = draw.wishes[key], draw.fixed.get(key, {"places": 0, "locked": False})
        where = f"vœu de la personne {key[0]} pour le spectacle {key[1]}"
        if given["locked"]:
            if places != given["places"]:
                yield f"{where} : {places} places au lieu des {given['places']} fixées"
        elif not given["places"] <= places <= wish["places"]:
            yield f"{where} : {places} places pour {wish['places']} demandées"
        elif places not in (0, given["places"]) and places < wish["minimum"]:
            yield f"{where} : {places} places, moins que le minimum"
    kept: Dict[int, Held] = {person: {} for person in draw.people}
    for (person, show), given in draw.fixed.items():
        if given["places"]:
            kept[person][show] = given["places"]
    for show, left in draw.left.items():
        by_hand = sum(held.get(show, 0) for held in kept.values())
        if left < min(0, draw.shows[show]["capacity"] - by_hand):
            yield f"spectacle {show} : {-left} places de trop"
    for number, who in draw.people.items():
        held, before, cost = draw.held[number], kept[number], draw.spent(draw.held[number])
        if cost > max(who.get("budget", cost), draw.spent(before)):
            yield f"personne {number} : budget dépassé"
        if len(held) > max(who.get("max_shows", len(held)), len(before)):
            yield f"personne {number} : trop de spectacles"
        for one in () if who["accept_clashes"] else held:
            for other in held:
                both = one in before and other in before
                if one < other and not both and draw.overlap(one, other):
                    yield f"personne {number} : spectacles {one} et {other} ensemble"


def objectives(draw: Draw) -> Iterator[str]:
    """The four objectives are worth what is said, and no more than their bounds."""
    values = (
        sum(1 for held in draw.held.values() if held),
        sum(worth(draw.level[key]) - worth(draw.start(one)) for key, one in draw.people.items()),
        sum(draw.grants.values()),
        sum(n * ((draw.draw_key(key) >> 236) + 1) for key, n in draw.grants.items() if n),
    )
    if tuple(one["name"] for one in draw.result["objectives"]) != OBJECTIVES:
        yield "les quatre objectifs ne sont pas là"
        return
    for one, value in zip(draw.result["objectives"], values):
        if one["value"] != value:
            yield f"objectif {one['name']} : {one['value']} annoncé, {value} trouvé"
        if one["bound"] is None and not one["proven"]:
            continue
        if one["bound"] is None or one["bound"] < value or one["proven"] > (one["bound"] == value):
            yield f"objectif {one['name']} : la borne ne prouve rien"


def wasted(draw: Draw) -> Iterator[str]:
    """No ticket is left that a wish could take."""
    for key, wish in draw.wishes.items():
        more = draw.fewest(key)
        wants = draw.grants[key] < wish["places"] and draw.left[key[1]] >= more
        if wants and not draw.forbidden(key, more):
            yield f"la personne {key[0]} pourrait prendre des places du spectacle {key[1]}"


def swaps(draw: Draw) -> Iterator[str]:
    """No exchange does better: (people served, worth, places), in this order."""
    for show in draw.shows:
        keys = [key for key in draw.grants if key[1] == show]
        losses = sorted(loss for key in keys for loss in losses_of(draw, key))
        most = max((score[2] for score, _ in losses), default=0)
        for key in keys:
            for gain in gains_of(draw, key, most):
                for loss, holder in losses:
                    if loss >= gain:
                        break
                    if loss[2] >= gain[2] and holder != key[0]:
                        what = f"{gain[2]} places de {holder} iraient mieux à {key[0]}"
                        yield f"spectacle {show} : {what}"


def losses_of(draw: Draw, key: Key) -> Iterator[Tuple[Score, int]]:
    """What it costs a holder to have fewer places, for each number that may be taken."""
    given = draw.fixed.get(key, {"places": 0, "locked": False})
    for kept in range(given["places"], 0 if given["locked"] else draw.grants[key]):
        if kept in (0, given["places"]) or kept >= draw.wishes[key]["minimum"]:
            level, lost = draw.level[key[0]], draw.grants[key] - kept
            worse = worth(level) - worth(level - lost * draw.value(key))
            served = int(not kept and len(draw.held[key[0]]) == 1)
            yield (served, worse, lost), key[0]


def gains_of(draw: Draw, key: Key, most: int) -> Iterator[Score]:
    """What more places would bring to a wish, for each number that it may take."""
    most = min(most, draw.wishes[key]["places"] - draw.grants[key])
    for more in range(draw.fewest(key), most + 1):
        if not draw.forbidden(key, more):
            level = draw.level[key[0]]
            better = worth(level + more * draw.value(key)) - worth(level)
            yield int(not draw.held[key[0]]), better, more


def mine(draw: Draw, account: int, pseudonym: int) -> Iterator[str]:
    """The keys of someone's wishes are those of their account."""
    own = [key for key in draw.wishes if key[0] == pseudonym]
    if not own:
        yield f"aucun vœu sous le pseudonyme {pseudonym}"
    for key in own:
        if draw.draw_key(key) != draw.drawn(account, key[1]):
            yield f"spectacle {key[1]} : la clé n'est pas celle du compte {account}"


def told(title: str, faults: Iterable[str]) -> bool:
    """Print what was checked; whether it is right."""
    found = list(faults)
    print(f"{'FAUX' if found else 'juste':6} {title}")
    for fault in found[:20]:
        print("       - " + fault)
    if len(found) > 20:
        print(f"       - et {len(found) - 20} autres")
    return not found


def main(arguments: List[str] | None = None) -> int:
    """Check the three files; 0 when all is right."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("RECORD", "INPUT", "RESULT"):
        parser.add_argument(name)
    parser.add_argument("--me", nargs=2, type=int, metavar=("COMPTE", "PSEUDONYME"))
    asked = parser.parse_args(arguments)
    try:
        texts = [Path(name).read_bytes() for name in (asked.RECORD, asked.INPUT, asked.RESULT)]
        draw = Draw(*(json.loads(text.decode()) for text in texts))
        right = told("les trois fichiers vont ensemble", whole(draw))
        right &= told("empreinte de la graine", committed(draw))
        for name, text in (("input_hash", texts[1]), ("result_hash", texts[2])):
            same = hashlib.sha256(text).hexdigest() == draw.record[name]
            right &= told("empreinte " + name, () if same else ["ce n'est pas la bonne"])
        if right:
            right &= told("contraintes", constraints(draw))
            right &= told("objectifs", objectives(draw))
            is_fair = draw.record["strategy"] == "fair"
            if not is_fair or not all(one["proven"] for one in draw.result["objectives"]):
                why = "le résultat n'est pas prouvé" if is_fair else "stratégie classique"
                print(f"-      places perdues, échanges : rien n'est promis ({why})")
            else:
                right &= told("aucune place perdue", wasted(draw))
                right &= told("aucun échange ne ferait mieux", swaps(draw))
            if asked.me:
                right &= told("vos clés du tirage", mine(draw, *asked.me))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        print(f"ILLISIBLE : {type(error).__name__}: {error}")
        return 2
    print("Tout est juste." if right else "Ces fichiers ne sont pas une attribution juste.")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
