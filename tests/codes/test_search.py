"""The search over a small catalogue, written for these tests in our own words."""

import pytest

from codes.search import MOST_WORDS, Entry, Index, Score, has_more_words, highlight


def cpt(hcpcs, label, *synonyms, words="", weight=0):
    return Entry(hcpcs, "CPT", label, synonyms, words, weight)


def level_two(hcpcs, label, *synonyms, words="", weight=0):
    return Entry(hcpcs, "HCPCS", label, synonyms, words, weight)


CATALOGUE = [
    cpt("00100", "Anesthesia for a salivary gland operation", words="Anesthesia head"),
    cpt("00740", "Anesthesia for an upper endoscopy", words="Anesthesia upper abdomen"),
    cpt("01402", "Anesthesia for a knee replacement", words="Anesthesia knee"),
    cpt("10060", "Opening and draining one simple abscess", "I&D", "boil lancing"),
    cpt("10061", "Opening and draining several or deep abscesses", "complex I&D"),
    cpt("11042", "Wound cleaning down to the fat layer", "debridement"),
    cpt("11102", "Skin biopsy by shaving", "tangential biopsy", "shave biopsy"),
    cpt("11104", "Skin biopsy by punch", "punch biopsy"),
    cpt("11200", "Removal of skin tags, up to 15", "acrochordon"),
    cpt("11730", "Taking off a nail", "nail avulsion", "ingrown toenail"),
    cpt("12001", "Simple wound closure, 2.5 cm or less", "stitches", "laceration repair"),
    cpt("17000", "Freezing the first precancerous skin spot", "actinic keratosis", "cryotherapy"),
    cpt("17110", "Destroying up to 14 warts", "wart freezing"),
    cpt("19120", "Removal of a breast lump", "lumpectomy for a benign mass"),
    cpt("19301", "Partial breast removal", "lumpectomy"),
    cpt("19303", "Complete breast removal", "simple mastectomy"),
    cpt("20550", "Injection into a tendon sheath or ligament", "trigger finger shot"),
    cpt("20610", "Joint injection or drainage, shoulder, hip or knee", "cortisone shot"),
    cpt("22551", "Fusion of neck vertebrae from the front", "ACDF", "cervical fusion"),
    cpt("22612", "Fusion of lower back vertebrae from behind", "lumbar fusion"),
    cpt("23472", "Total shoulder replacement", "TSA"),
    cpt("25607", "Open repair of a broken wrist", "distal radius ORIF", "Colles fracture"),
    cpt("27130", "Total hip replacement", "THA"),
    cpt("27236", "Open repair of a broken hip", "femoral neck fracture"),
    cpt("27446", "Knee replacement, one side of the joint", "unicompartmental knee"),
    cpt("27447", "Total knee replacement", weight=5),
    cpt("27486", "Revision of a knee replacement, one part"),
    cpt("28296", "Bunion correction", "hallux valgus repair"),
    cpt("29826", "Shoulder arthroscopy with bone shaving", "acromioplasty"),
    cpt("29827", "Arthroscopic rotator cuff repair", "RCR"),
    cpt("29881", "Knee arthroscopy with meniscus trimming", "meniscectomy"),
    cpt("29888", "Arthroscopic ACL reconstruction"),
    cpt("30520", "Straightening of the nasal septum", "septoplasty", "deviated septum"),
    cpt("31231", "Looking into the nose with an endoscope", "nasal endoscopy"),
    cpt("31500", "Emergency intubation"),
    cpt("31600", "Planned tracheostomy"),
    cpt("31622", "Bronchoscopy to look", "diagnostic bronch"),
    cpt("32551", "Chest tube placement", "tube thoracostomy"),
    cpt("32555", "Draining fluid from around the lung with imaging", "thoracentesis"),
    cpt("33208", "Pacemaker placement with two leads", "dual chamber pacemaker"),
    cpt("33361", "Aortic valve replacement through the leg artery", "TAVR"),
    cpt("33405", "Open aortic valve replacement"),
    cpt("33533", "Bypass of one coronary artery with an artery graft", "CABG"),
    cpt("36415", "Blood draw from a vein", "venipuncture", "phlebotomy"),
    cpt("36556", "Central line placement, age 5 or older", "CVC"),
    cpt("36561", "Port placement under the skin, age 5 or older", "mediport"),
    cpt("38221", "Bone marrow biopsy"),
    cpt("42820", "Removal of tonsils and adenoids before age 12"),
    cpt("42825", "Removal of tonsils before age 12"),
    cpt("42826", "Removal of tonsils at age 12 or older"),
    cpt("43235", "Upper endoscopy to look", "EGD", "gastroscopy"),
    cpt("43239", "Upper endoscopy with biopsy", "EGD with biopsy"),
    cpt("43652", "Laparoscopic division of the vagus nerve", words="Digestive system stomach"),
    cpt("43644", "Laparoscopic stomach bypass", "weight loss surgery", "Roux-en-Y"),
    cpt("44388", "Colonoscopy through a stoma"),
    cpt("44950", "Open removal of the appendix", "appendectomy"),
    cpt("44970", "Laparoscopic removal of the appendix", "lap appy"),
    cpt("45378", "Colonoscopy to look", "diagnostic colonoscopy", weight=3),
    cpt("45380", "Colonoscopy with biopsy"),
    cpt("45385", "Colonoscopy with removal of polyps by snare", "polypectomy"),
    cpt("46260", "Removal of inner and outer haemorrhoids", "hemorrhoidectomy"),
    cpt("47000", "Liver biopsy with a needle"),
    cpt("47562", "Laparoscopic gallbladder removal", "lap chole", words="Biliary tract", weight=5),
    cpt("47563", "Laparoscopic gallbladder removal with bile duct X-ray"),
    cpt("47564", "Laparoscopic gallbladder removal with bile duct exploration"),
    cpt("47600", "Open gallbladder removal", "open chole"),
    cpt("47741", "Joining the gallbladder to a loop of bowel"),
    cpt("49083", "Draining fluid from the belly with imaging", "paracentesis"),
    cpt("49505", "Repair of a groin hernia", "inguinal hernia"),
    cpt("50200", "Needle biopsy of the kidney"),
    cpt("50590", "Breaking kidney stones with shock waves", "lithotripsy", "ESWL"),
    cpt("51702", "Placing a simple bladder catheter", "Foley"),
    cpt("52000", "Cystoscopy to look"),
    cpt("52601", "Prostate removal through the urethra", "TURP"),
    cpt("55250", "Vasectomy"),
    cpt("58150", "Open removal of the uterus", "abdominal hysterectomy"),
    cpt("58571", "Laparoscopic hysterectomy with tubes and ovaries"),
    cpt("58661", "Laparoscopic removal of ovaries or tubes", "salpingo-oophorectomy"),
    cpt("59400", "Vaginal birth with all prenatal and later care", "global OB"),
    cpt("59510", "Cesarean birth with all prenatal and later care", "C-section"),
    cpt("62270", "Spinal tap to look", "lumbar puncture", "LP"),
    cpt("62323", "Epidural injection of the lower back with imaging", "ESI"),
    cpt("63030", "Removal of a lower back disc", "microdiscectomy"),
    cpt("64483", "Nerve root injection of the lower back with imaging"),
    cpt("64721", "Carpal tunnel release"),
    cpt("66984", "Cataract removal with a lens implant", "phaco"),
    cpt("67028", "Injection into the eye", "intravitreal injection"),
    cpt("69210", "Removal of packed ear wax", "cerumen removal"),
    cpt("69436", "Ear tube placement under anesthesia", "tympanostomy"),
    cpt("70450", "CT of the head without contrast", words="Diagnostic imaging", weight=2),
    cpt("70460", "CT of the head with contrast", words="Diagnostic imaging"),
    cpt("70551", "MRI of the brain without contrast", words="Diagnostic imaging"),
    cpt("70553", "MRI of the brain without, then with contrast", words="Diagnostic imaging"),
    cpt("71045", "Chest X-ray, one view", "CXR", words="Diagnostic imaging"),
    cpt("71046", "Chest X-ray, two views", words="Diagnostic imaging"),
    cpt("71260", "CT of the chest with contrast", words="Diagnostic imaging"),
    cpt("73562", "Knee X-ray, three views", words="Diagnostic imaging"),
    cpt("74177", "CT of the belly and pelvis with contrast", words="Diagnostic imaging"),
    cpt("76700", "Complete ultrasound of the abdomen", words="Ultrasound"),
    cpt(
        "76705", "Limited ultrasound of the abdomen", "gallbladder ultrasound", words="Ultrasound"
    ),
    cpt("76770", "Complete ultrasound of the kidneys", "renal ultrasound", words="Ultrasound"),
    cpt("76942", "Ultrasound guidance for a needle", words="Ultrasound"),
    cpt("77067", "Screening mammogram of both breasts", words="Breast imaging"),
    cpt("77080", "Bone density scan of hips and spine", "DEXA", words="Bone and joint"),
    cpt("78815", "PET with CT from skull to thigh", words="Nuclear medicine"),
    cpt("80053", "Fourteen blood chemistry tests", "CMP", "comprehensive metabolic panel"),
    cpt("83036", "Average blood sugar over three months", "A1c", "glycated hemoglobin"),
    cpt("85025", "Full blood cell count by machine", "CBC"),
    cpt("88305", "Tissue sample under the microscope, level 4", "surgical pathology"),
    cpt("90471", "Giving the first vaccine", "immunization administration"),
    cpt("90632", "Hepatitis A vaccine, adult dose"),
    cpt("90746", "Hepatitis B vaccine, adult dose"),
    cpt("90686", "Influenza vaccine without preservative", "flu shot"),
    cpt("90791", "Psychiatric evaluation", "psych eval", "intake"),
    cpt("90832", "Psychotherapy, 30 minutes"),
    cpt("90834", "Psychotherapy, 45 minutes"),
    cpt("90837", "Psychotherapy, one hour", "60 minute therapy session"),
    cpt("90853", "Group psychotherapy", "group therapy"),
    cpt("90935", "Hemodialysis with one evaluation"),
    cpt("92014", "Eye exam of a known patient, complete"),
    cpt("92557", "Complete hearing test", "audiometry"),
    cpt("93000", "Electrocardiogram with report", "EKG", "ECG", weight=2),
    cpt("93005", "Electrocardiogram, tracing only"),
    cpt("93306", "Complete heart ultrasound with Doppler", "echo", "TTE"),
    cpt("93458", "Left heart catheterization with coronary images", "left heart cath"),
    cpt("94010", "Breathing test", "spirometry", "PFT"),
    cpt("95810", "Sleep study with 4 or more measures", "polysomnography"),
    cpt("95816", "Electroencephalogram, awake and drowsy", "EEG"),
    cpt("95886", "Needle electromyography of one arm or leg", "EMG"),
    cpt("96365", "Infusion into a vein, first hour", "IV infusion", "drip"),
    cpt("96413", "Chemotherapy by vein, first hour", "chemo"),
    cpt("97110", "Therapeutic exercise, each 15 minutes", "PT exercise"),
    cpt("97140", "Manual therapy, each 15 minutes", "massage"),
    cpt("97150", "Group physical therapy"),
    cpt("99203", "Office visit, new patient, level 3", words="Evaluation and management"),
    cpt("99204", "Office visit, new patient, level 4", words="Evaluation and management"),
    cpt("99213", "Office visit, level 3", words="Evaluation and management", weight=5),
    cpt("99214", "Office visit, level 4", words="Evaluation and management", weight=5),
    cpt("99223", "First hospital visit, high complexity", "admission H&P"),
    cpt("99238", "Hospital discharge, 30 minutes or less"),
    cpt("99284", "Emergency department visit, level 4", "ER visit"),
    cpt("99291", "Critical care, first 30 to 74 minutes", "ICU"),
    cpt("99396", "Preventive visit, age 40 to 64", "annual physical"),
    cpt("0001F", "Heart failure assessed", words="Quality tracking"),
    cpt("0042T", "Brain blood flow study by CT", words="Emerging technology"),
    level_two("A4550", "Surgical tray", words="Supplies"),
    level_two("E0143", "Folding walker with wheels", words="Durable equipment"),
    level_two("G0105", "Screening colonoscopy for a person at high risk"),
    level_two("G0121", "Screening colonoscopy for a person at usual risk"),
    level_two("G0411", "Group psychotherapy in a day hospital", "partial hospitalization group"),
    level_two("G0439", "Yearly wellness visit after the first", "annual wellness visit"),
    level_two("J1885", "Ketorolac injection, per 15 mg", "Toradol", words="Drugs"),
    level_two("J3301", "Triamcinolone injection, per 10 mg", "Kenalog", words="Drugs"),
    level_two("L1833", "Adjustable knee brace", "knee orthosis", words="Orthotics"),
    level_two("Q4101", "Apligraf, per square cm", words="Skin substitutes"),
]

INDEX = Index(CATALOGUE)


def found(query, limit=20):
    return [hit.entry.hcpcs for hit in INDEX.search(query, limit).hits]


def first(query):
    return INDEX.search(query).hits[0]


def why(query, hcpcs):
    return next(hit.why for hit in INDEX.search(query, 200).hits if hit.entry.hcpcs == hcpcs)


# By code


@pytest.mark.parametrize(
    ("query", "hcpcs"),
    [
        ("99213", "99213"),
        ("  99213\t", "99213"),
        ("99213-25", "99213"),
        ("99213 25", "99213"),
        ("9921325", "99213"),
        ("27447-LT-62", "27447"),
        ("cpt 99213", "99213"),
        ("CPT code 99213", "99213"),
        ("HCPCS g0411", "G0411"),
        ("g0411", "G0411"),
        ("G 0411", "G0411"),
        ("G-0411", "G0411"),
        ("992 13", "99213"),
        ("hcpcs 99213", "99213"),
        ("0001f", "0001F"),
        ("0042T", "0042T"),
        ("(99213)", "99213"),
        ("９９２１３", "99213"),
    ],
)
def test_a_whole_code_in_any_form_is_the_only_hit(query, hcpcs):
    results = INDEX.search(query)

    assert [(hit.entry.hcpcs, hit.score, hit.why) for hit in results.hits] == [
        (hcpcs, Score.CODE, "")
    ]
    assert results.total == 1
    assert results.corrected is None


def test_several_codes_come_in_the_order_typed():
    assert found("99214, 99213") == ["99214", "99213"]


def test_words_beside_a_code_come_after_it():
    assert found("99213 knee arthroscopy") == ["99213", "29881"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("992", ["99203", "99204", "99213", "99214", "99223", "99238", "99284", "99291"]),
        ("9921", ["99213", "99214"]),
        ("g04", ["G0411", "G0439"]),
        ("cpt 9921", ["99213", "99214"]),
        ("0", ["00100", "0001F", "0042T", "00740", "01402"]),
    ],
)
def test_part_of_a_code_lists_codes_in_order(query, expected):
    hits = INDEX.search(query).hits[: len(expected)]

    assert [hit.entry.hcpcs for hit in hits] == sorted(expected)
    assert {hit.score for hit in hits} == {Score.CODE_START}


def test_part_of_a_code_keeps_to_the_system_asked_for():
    assert found("hcpcs 99") == []


def test_part_of_a_code_narrows_words():
    assert found("office 9921") == ["99213", "99214"]


def test_total_counts_what_the_limit_leaves_out():
    results = INDEX.search("removal", limit=3)

    assert len(results.hits) == 3
    assert results.total == len(found("removal", 500)) > 10


@pytest.mark.parametrize("limit", [0, -1])
def test_no_room_gives_no_hits_but_the_total(limit):
    results = INDEX.search("colonoscopy", limit)

    assert results.hits == []
    assert results.total == 6


def test_system_keeps_to_itself_beside_words():
    assert found("hcpcs colonoscopy") == ["G0105", "G0121"]
    assert set(found("cpt colonoscopy")) == {"44388", "45378", "45380", "45385"}
    assert set(found("cpt hcpcs colonoscopy")) == set(found("colonoscopy"))


def test_system_alone_lists_its_codes_in_order():
    results = INDEX.search("HCPCS", limit=3)

    assert [hit.entry.hcpcs for hit in results.hits] == ["A4550", "E0143", "G0105"]
    assert results.total == 10


def test_two_entries_of_one_code_are_refused():
    with pytest.raises(ValueError, match="same code"):
        Index([cpt("99213", "One"), cpt("99213", "Other")])


def test_an_empty_index_finds_nothing():
    empty = Index([])

    assert len(empty) == 0
    for query in ("99213", "knee", "hcpcs", "", "knee replacment"):
        assert empty.search(query) == ([], None, 0)
        assert empty.codes(query) == []
    assert empty.near_codes("99213") == []


# By what people type


@pytest.mark.parametrize(
    ("query", "hcpcs"),
    [
        ("lap chole", "47562"),
        ("gall bladder removal", "47562"),
        ("gallblader removal", "47562"),
        ("cholecystectomy", "47562"),
        ("laparoscopic cholecystectomy", "47562"),
        ("colonscopy", "45378"),
        ("colonoscopy", "45378"),
        ("colonoscopy biopsy", "45380"),
        ("group therapy session", "90853"),
        ("group psychotherapy", "90853"),
        ("knee replacment", "27447"),
        ("knee replacement", "27447"),
        ("tka", "27447"),
        ("total knee arthroplasty", "27447"),
        ("ekg", "93000"),
        ("ecg", "93000"),
        ("head ct", "70450"),
        ("ct head", "70450"),
        ("cat scan head", "70450"),
        ("head scan", "70450"),
        ("ct head w/o contrast", "70450"),
        ("ct head with contrast", "70460"),
        ("ct of the head with contrast", "70460"),
        ("brain mri", "70551"),
        ("chest xray", "71045"),
        ("chest x ray", "71045"),
        ("chest x-ray 2 views", "71046"),
        ("cxr", "71045"),
        ("x-rays of the chest", "71045"),
        ("echo", "93306"),
        ("kidney us", "76770"),
        ("renal ultrasound", "76770"),
        ("ultrasound kidney", "76770"),
        ("renal biopsy", "50200"),
        ("hepatic biopsy", "47000"),
        ("liver bx", "47000"),
        ("skin bx", "11104"),
        ("tonsils", "42825"),
        ("tonsillectomy", "42825"),
        ("t&a", "42820"),
        ("appendix", "44950"),
        ("appy", "44950"),
        ("lap appy", "44970"),
        ("egd", "43235"),
        ("egd biopsy", "43239"),
        ("upper scope", "43235"),
        ("cabg", "33533"),
        ("i&d", "10060"),
        ("I & D", "10060"),
        ("i and d abscess", "10060"),
        ("wrist fx", "25607"),
        ("knee inj", "20610"),
        ("cortisone shot", "20610"),
        ("er visit", "99284"),
        ("emergency room visit", "99284"),
        ("icu", "99291"),
        ("critical care", "99291"),
        ("pft", "94010"),
        ("eeg", "95816"),
        ("emg", "95886"),
        ("office visit level 4", "99214"),
        ("level 4 office visit", "99214"),
        ("office visit level iv", "99214"),
        ("new patient level 3", "99203"),
        ("psychotherapy 45", "90834"),
        ("45min psychotherapy", "90834"),
        ("psychotherapy 45-minute", "90834"),
        ("psychotherapy 60 minutes", "90837"),
        ("therapy session 1 hour", "90837"),
        ("half hour psychotherapy", "90832"),
        ("oesophagogastroduodenoscopy", "43235"),
        ("hemorrhoids", "46260"),
        ("haemorrhoids", "46260"),
        ("haemodialysis", "90935"),
        ("left heart catheterisation", "93458"),
        ("anaesthesia knee", "01402"),
        ("caesarean", "59510"),
        ("c section", "59510"),
        ("csection", "59510"),
        ("hysterectomies", "58571"),
        ("wart", "17110"),
        ("biopsies of the liver", "47000"),
        ("spinal tap", "62270"),
        ("lumbar puncture", "62270"),
        ("lumbr puncture", "62270"),
        ("flu shot", "90686"),
        ("hepatitis a", "90632"),
        ("hepatitis b", "90746"),
        ("blood draw", "36415"),
        ("mammogram", "77067"),
        ("mammography", "77067"),
        ("dexa", "77080"),
        ("turp", "52601"),
        ("nasal endoscope", "31231"),
        ("Ménière", None),
        ("colonoscopía", "45378"),
        ("toradol", "J1885"),
        ("ketoralac", "J1885"),
        ("walker", "E0143"),
        ("knee brace", "L1833"),
    ],
)
def test_people_find_what_they_mean(query, hcpcs):
    assert (found(query) or [None])[0] == hcpcs


def test_both_a_label_of_these_words_and_a_synonym_of_them_are_found_early():
    assert found("group therapy")[:2] == ["97150", "90853"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("haemorrhoid removal", "hemorrhoids removal"),
        ("x-ray knee", "xrays knee"),
        ("x ray knee", "X-Rays, knee"),
        ("gall bladder", "gallbladder"),
        ("psychotherapy 60 mins", "psychotherapy sixty minutes 60"),
        ("catheterization", "catheterisation"),
        ("paediatric anaesthesia", "pediatric anesthesia"),
        ("oesophagus tumour", "esophagus tumor"),
        ("Électrocardiogramme", "electrocardiogram"),
        ("biopsies", "biopsy"),
        ("mammography", "mammogram"),
        ("endoscopic", "endoscopy"),
        ("ear wax", "earwax"),
    ],
)
def test_spellings_of_one_thing_find_the_same(one, other):
    assert found(one)[:3] == found(other)[:3]


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("diagnosis", "diagnoses"),
        ("metastasis", "metastases"),
        ("biopsy", "biopsies"),
        ("mass", "masses"),
        ("box", "boxes"),
        ("disease", "diseases"),
        ("lens", "lens"),
    ],
)
def test_one_and_many_are_the_same_word(singular, plural):
    index = Index([cpt("10001", singular), cpt("10002", plural)])

    assert len(index.search(singular).hits) == len(index.search(plural).hits) == 2


def test_words_that_one_entry_joins_and_another_parts_are_one():
    index = Index([cpt("10001", "Ear wax removal"), cpt("10002", "Earwax rinsing", "ear wax")])

    for query in ("earwax", "ear wax"):
        assert {hit.entry.hcpcs for hit in index.search(query).hits} == {"10001", "10002"}


def test_a_joined_word_is_found_where_all_entries_part_it():
    index = Index([cpt("10001", "Removal of the gall bladder"), cpt("10002", "Bladder scan")])

    assert [hit.entry.hcpcs for hit in index.search("gallbladder").hits] == ["10001"]


# Order


def test_label_comes_before_synonym_and_synonym_before_typo():
    index = Index(
        [
            cpt("10001", "Removal of a stitch sinus"),
            cpt("10002", "Looking inside a cavity of the face in detail", "sinus"),
            cpt("10003", "Sinus"),
            cpt("10004", "Drainage", words="Sinus and nose"),
            cpt("10005", "Sinuses"),
            cpt("10006", "Sinusitis care"),
        ]
    )

    hits = index.search("sinus").hits

    assert [(hit.entry.hcpcs, hit.score) for hit in hits] == [
        ("10003", Score.WHOLE_LABEL),
        ("10001", Score.LABEL_WORDS),
        ("10002", Score.WHOLE_SYNONYM),
        ("10005", Score.LABEL_BEGUN),
        ("10006", Score.LABEL_BEGUN),
        ("10004", Score.ANYWHERE),
    ]


def test_weight_then_shorter_labels_then_code_break_ties():
    index = Index(
        [
            cpt("10004", "Knee brace fitting again", weight=1),
            cpt("10003", "Knee brace fitting"),
            cpt("10002", "Knee brace fitting"),
            cpt("10001", "Knee brace loss", weight=-1),
            cpt("10006", "Knee brace mending"),
            cpt("10005", "Knee brace mending it"),
        ]
    )

    hits = index.search("knee brace").hits

    assert [hit.entry.hcpcs for hit in hits] == [
        "10004",
        "10002",
        "10003",
        "10006",
        "10005",
        "10001",
    ]
    assert {hit.score for hit in hits} == {Score.LABEL_PHRASE}


def test_a_whole_synonym_counts_like_the_label_where_the_entry_has_weight():
    index = Index(
        [
            cpt("10001", "Colonoscopy with biopsy", weight=9),
            cpt("10002", "Looking at the whole large bowel", "colonoscopy", weight=1),
            cpt("10003", "Looking at a part of the large bowel", "colonoscopy"),
        ]
    )

    for query in ("colonoscopy", "colonscopy"):
        assert [hit.entry.hcpcs for hit in index.search(query).hits] == ["10002", "10001", "10003"]
    assert index.search("colonoscopy").hits[0].why == "also called colonoscopy"


def test_a_phrase_comes_before_scattered_words():
    index = Index(
        [
            cpt("10001", "Bypass after heart trouble"),
            cpt("10002", "Planned repeat heart bypass operation"),
        ]
    )

    assert [hit.entry.hcpcs for hit in index.search("heart bypass").hits] == ["10002", "10001"]


def test_words_of_one_synonym_come_before_words_of_several():
    index = Index(
        [
            cpt("10001", "Short", "level 5 office visit", "level 4 new patient"),
            cpt("10002", "A longer label", "level 4 office visit"),
        ]
    )

    hits = index.search("office visit level 4").hits

    assert [(hit.entry.hcpcs, hit.why) for hit in hits] == [
        ("10002", "also called level 4 office visit"),
        ("10001", "also called level 5 office visit"),
    ]


ANESTHESIA = "Anesthesia for total knee replacement"


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("knee replacement", ["27447", "01402"]),
        ("total knee", ["27447", "01402"]),
        ("anesthesia knee replacement", ["01402"]),
        ("anesthetic for knee replacement", ["01402"]),
        ("knee replacement anes", ["01402"]),
        ("014", ["01402"]),
    ],
)
def test_an_operation_comes_before_its_anesthesia_unless_that_is_typed(query, codes):
    index = Index(
        [
            cpt("27447", "Artificial knee joint, total knee replacement"),
            Entry("01402", "CPT", ANESTHESIA, only_with="anesthesia"),
        ]
    )
    assert [hit.entry.hcpcs for hit in index.search(query).hits] == codes


def test_what_needs_a_word_that_is_not_typed_is_still_found():
    index = Index([Entry("01402", "CPT", ANESTHESIA, only_with="anesthesia")])
    hit = index.search("total knee").hits[0]
    assert (hit.entry.hcpcs, hit.score) == ("01402", Score.WITHOUT_ITS_WORD)


def test_a_word_that_says_little_is_no_answer_beside_one_that_says_more():
    index = Index([cpt("10001", "Surgery of the hand"), cpt("15775", "Hair graft")])
    result = index.search("hair transplant surgery")
    assert [(hit.entry.hcpcs, hit.why) for hit in result.hits] == [
        ("15775", "does not mention transplant, surgery")
    ]
    assert [hit.entry.hcpcs for hit in index.search("zzyzx surgery").hits] == ["10001"]


def test_the_suggestions_of_the_design():
    hits = INDEX.search("gallb").hits

    assert [hit.entry.hcpcs for hit in hits] == [
        "47562",
        "47600",
        "47563",
        "47564",
        "47741",
        "76705",
    ]
    assert hits[-1].why == "also called gallbladder ultrasound"
    assert {hit.why for hit in hits[:-1]} == {""}


# Why


@pytest.mark.parametrize(
    ("query", "hcpcs", "reason"),
    [
        ("knee replacement", "27447", ""),
        ("cxr", "71045", "also called CXR"),
        ("chole lap", "47562", "also called lap chole"),
        ("kidney ultrasound", "76770", ""),
        ("renal biopsy", "50200", "another name for renal"),
        ("cat scan head", "70450", "another name for cat scan"),
        ("cholecystect", "47562", "another name for cholecystectomy"),
        ("biliary", "47562", "mentions Biliary"),
        ("knee replacment", "27447", "read as replacement"),
        ("lithotrypsy", "50590", "also called lithotripsy"),
        ("purple knee replacement", "27447", "does not mention purple"),
        ("office 9921", "99213", ""),
        ("99219", "99213", "near 99219"),
        ("gall bladder removal", "47562", ""),
        ("earwax", "69210", ""),
    ],
)
def test_why_says_what_matched_unless_the_label_does(query, hcpcs, reason):
    assert why(query, hcpcs) == reason


def test_why_is_silent_where_only_an_abbreviation_in_other_words_matched():
    index = Index([cpt("10001", "Scan", words="cranial nerve study")])

    assert index.search("head scan").hits[0].why == ""


# Typos


@pytest.mark.parametrize(
    ("query", "corrected"),
    [
        ("knee replacment", "knee replacement"),
        ("KNEE REPLACMENT", "knee replacement"),
        ("removal of tonsisl", "removal of tonsils"),
        ("gall blader", "gallbladder"),
        ("colon scopyy", "colonoscopy"),
        ("look at colno scpy", "look at colonoscopy"),
        ("holonoscopy", "colonoscopy"),
        ("cholecistectomi", "cholecystectomy"),
        ("electrocardogam", "electrocardiogram"),
        ("electrocardog", "electrocardiog"),
        ("knee replacement", None),
        ("knee repl", None),
        ("99219", None),
        ("knee qwrtzuiop", None),
        ("", None),
    ],
)
def test_corrected_is_the_query_without_its_typos(query, corrected):
    assert INDEX.search(query).corrected == corrected


def test_short_words_have_no_typos():
    assert found("gxg") == []


def test_a_typo_that_makes_another_word_is_mended_where_nothing_else_matches():
    index = Index([cpt("10001", "Nasal splint"), cpt("10002", "Basal cell removal")])

    results = index.search("basal splint")

    assert [hit.entry.hcpcs for hit in results.hits] == ["10001"]
    assert results.corrected == "nasal splint"


def test_a_word_that_stands_nowhere_may_be_a_typo_beside_few_hits():
    index = Index([cpt("10001", "Branch repair"), cpt("10002", "Brain repair")])

    results = index.search("bran")

    assert [hit.entry.hcpcs for hit in results.hits] == ["10001", "10002"]
    assert results.corrected is None


def test_no_more_than_the_first_words_are_looked_for():
    index = Index([cpt("47562", "Laparoscopic gallbladder removal")])
    words = "gallbladder removal " * (MOST_WORDS // 2)
    assert not has_more_words(words)
    assert has_more_words(f"{words} nonsense")
    assert index.codes(f"{words} nonsense") == index.codes(words) == ["47562"]


def test_the_nearest_correction_comes_before_a_farther_one():
    index = Index([cpt("10001", "Arthrotomies"), cpt("10002", "Arthroscopes of the knee")])

    assert index.search("arthrotome").hits[0].entry.hcpcs == "10001"


# Nothing has all the words


def test_the_entries_with_most_words_are_found_where_none_has_all():
    results = INDEX.search("purple laparoscopic gallbladder")

    assert {hit.entry.hcpcs for hit in results.hits} == {"47562", "47563", "47564"}
    assert {hit.score for hit in results.hits} == {Score.PART_OF_QUERY}
    assert results.total == 3


def test_a_rare_word_counts_more_than_a_common_one():
    assert first("walker tonsils").entry.hcpcs in {"E0143", "42825"}
    assert first("removal walker").entry.hcpcs == "E0143"


def test_partial_hits_keep_to_the_system():
    assert set(found("hcpcs knee colonoscopy")) == {"L1833", "G0105", "G0121"}


@pytest.mark.parametrize("query", ["qwrtzuiop", "", "   ", "?!", "\0", "of the", "a", "12345678"])
def test_what_means_nothing_finds_little_and_never_raises(query):
    assert INDEX.search(query).total <= len(CATALOGUE)


def test_only_small_words_are_searched_as_they_are():
    index = Index([cpt("10001", "Withdrawal care"), cpt("10002", "Hip brace")])

    assert [hit.entry.hcpcs for hit in index.search("with").hits] == ["10001"]


# Mistyped codes


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("47652", ["47562", "43652"]),
        ("99213", ["99213", "99214", "99203"]),
        ("g0411", ["G0411"]),
        ("99213-25", ["99213"]),
        ("9921325", ["99213"]),
        ("CPT 99213", ["99213"]),
        ("G O411", ["G0411"]),
        ("g04ll", ["G0411"]),
        ("GO4I1", ["G0411"]),
        ("OO1OO", ["00100"]),
        ("7O45O", ["70450"]),
        ("100", ["00100"]),
        ("740", ["00740"]),
        ("G411", ["G0411"]),
        ("42T", ["0042T"]),
        ("1f", ["0001F"]),
        ("99231", ["99213"]),
        ("99218", ["99214", "99213"]),
        ("9213", ["99213"]),
        ("992133", ["99213"]),
        ("33508", ["33208"]),
        ("25700", ["27500", "20750"]),
        ("/codes/99215/", ["99214"]),
    ],
)
def test_codes_near_a_mistyped_one(typed, expected):
    index = Index([*CATALOGUE, cpt("27500", "One"), cpt("20750", "Other")])

    assert [entry.hcpcs for entry in index.near_codes(typed)][: len(expected)] == expected


@pytest.mark.parametrize("typed", ["", "knee", "x" * 20_000, "１" * 9, "٩٩٢١٣", "\ud800", "\0"])
def test_no_code_is_near_what_is_no_code(typed):
    assert INDEX.near_codes(typed) == []


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (0, 0), (-3, 0)])
def test_near_codes_up_to_a_limit(limit, count):
    assert len(INDEX.near_codes("99215", limit)) == count


def test_search_offers_near_codes_for_a_code_that_is_none():
    assert found("47652")[:2] == ["47562", "43652"]
    assert first("47652").score == Score.NEAR_CODE
    assert found("G04l1") == ["G0411"]


# Marks


def marked(label, query):
    return "".join(f"[{text}]" if mark else text for text, mark in highlight(label, query))


@pytest.mark.parametrize(
    ("label", "query", "expected"),
    [
        ("Laparoscopic gallbladder removal", "gallb", "Laparoscopic [gallb]ladder removal"),
        ("Laparoscopic gallbladder removal", "GALLB", "Laparoscopic [gallb]ladder removal"),
        ("gallbladder ultrasound", "gall bladder", "[gallbladder] ultrasound"),
        ("Removal of the gall bladder", "gallbladder", "Removal of the [gall] [bladder]"),
        (
            "Laparoscopic gallbladder removal",
            "lap chole",
            "[Lap]aroscopic [gallbladder] [removal]",
        ),
        ("Total knee replacement", "knee replacment", "Total [knee] [replacement]"),
        ("CT of the head", "head of ct", "[CT] of the [head]"),
        ("Chest X-ray, two views", "xray 2", "Chest [X-ray], [two] views"),
        ("Chest X-ray", "x-ra", "Chest [X-ray]"),
        ("Haemorrhoids", "hemorr", "[Haemorrhoids]"),
        ("Électrocardiogram", "electro", "[Électro]cardiogram"),
        ("Total hip replacement", "arthroplasty", "Total hip [replacement]"),
        ("Total hip replacement", "colon", "Total hip replacement"),
        ("Total hip replacement", "", "Total hip replacement"),
        ("Total hip replacement", "t", "[T]otal hip replacement"),
        ("Total hip replacement", "t hip", "Total [hip] replacement"),
        ("", "hip", ""),
        ("<b>hip</b>", "hip", "<b>[hip]</b>"),
        ("Psychotherapy, 45 minutes", "45min", "Psychotherapy, [45] [minutes]"),
    ],
)
def test_marks_show_what_was_searched(label, query, expected):
    assert marked(label, query) == expected


def test_pieces_say_whether_they_match():
    assert highlight("Hip brace", "brace") == [("Hip ", False), ("brace", True)]
    assert highlight("", "brace") == []
