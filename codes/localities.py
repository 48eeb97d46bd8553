"""Names of payment localities and states, as people write them. No Django."""

import re

STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia",
    "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York",
    "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma",
    "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
    "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "VI": "Virgin Islands",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
    "GU": "Guam", "AS": "American Samoa", "MP": "Northern Mariana Islands",
}  # fmt: skip

_SMALL = {"Of": "of", "And": "and"}
_KEPT = {
    **{"Dc": "DC", "Md/Va": "MD/VA", "Nyc": "NYC", "Li": "LI"},
    **{"Ks": "KS", "Nj": "NJ", "Ny": "NY"},
}
_WORD = re.compile(r"[A-Za-z]+(?:/[A-Za-z]+)?")


def locality_title(name: str) -> str:
    """Return the name of the GPCI file in mixed case, without the marks of its footnotes."""

    def word(found: re.Match[str]) -> str:
        text = "/".join(part.capitalize() for part in found.group().split("/"))
        if text in _KEPT:
            return _KEPT[text]
        return _SMALL.get(text, text) if found.start() else text

    return _WORD.sub(word, name.strip().rstrip("*").strip())


def state_name(state: str) -> str:
    return STATES.get(state, state)
