"""Words of medicine that mean the same, or may: a table for the search, and no code."""

# Each line: names for one thing. General medical language, not descriptors of any code.
SAME = """
kidney | renal | nephric
heart | cardiac
lung | pulmonary
stomach | gastric
liver | hepatic
spleen | splenic
pancreas | pancreatic
brain | cerebral | intracranial
head | cranial
skin | cutaneous | dermal
bone | osseous | skeletal
joint | articular
muscle | muscular
tendon | tendinous
spine | spinal | vertebral | backbone
neck | cervical
lower back | low back | lumbar
chest | thorax | thoracic
belly | abdomen | abdominal | tummy | abd
bladder | vesical
bowel | intestine | intestinal | gut
colon | colonic | large bowel | large intestine
small bowel | small intestine
rectum | rectal
anus | anal
esophagus | esophageal | gullet | food pipe
throat | pharynx | pharyngeal
larynx | laryngeal | voice box
trachea | tracheal | windpipe
uterus | uterine | womb
ovary | ovarian
cervix | cervical
vagina | vaginal
breast | mammary
testicle | testis | testes | testicular
penis | penile
prostate | prostatic
ear | aural | otic
eardrum | tympanic membrane
nose | nasal
mouth | oral
tooth | teeth | dental
tongue | lingual
eye | ocular | ophthalmic
retina | retinal
cornea | corneal
blood vessel | vascular | vessel
artery | arterial
vein | venous
lymph node | lymph gland
bile duct | biliary
thigh bone | femur | femoral
shin | shinbone | tibia | tibial
kneecap | patella | patellar
collarbone | clavicle | clavicular
shoulder blade | scapula | scapular
breastbone | sternum | sternal
jaw | mandible | mandibular
cheekbone | zygoma
wrist | carpal
heel | calcaneus
arm | upper extremity | upper limb
leg | lower extremity | lower limb
tailbone | coccyx
rib | costal
groin | inguinal
disc | disk
removal | remove | removing | excision | resection | taking out | cutting out
repair | fix | mend
fracture | fx | broken | broken bone
biopsy | bx | tissue sample
injection | inj | shot
drainage | drain | draining
incision drainage | i & d | abscess drainage | lancing
dilation curettage | dilatation curettage | d & c
tonsil | tonsils
tonsil adenoid removal | tonsillectomy adenoidectomy | t & a
tonsil removal | tonsillectomy
adenoid removal | adenoidectomy
appendix removal | appendectomy | appendicectomy | appy | lap appy
gallbladder removal | cholecystectomy | chole
laparoscopic | lap | keyhole
kidney removal | nephrectomy
spleen removal | splenectomy
colon removal | colectomy | bowel resection
stomach removal | gastrectomy
uterus removal | hysterectomy | hyst
breast removal | mastectomy
breast lump removal | lumpectomy | partial mastectomy
prostate removal | prostatectomy
turp | transurethral resection prostate | prostate removal through urethra
testicle removal | orchiectomy
ovary removal | oophorectomy
fallopian tube removal | salpingectomy
thyroid removal | thyroidectomy
lung removal | pneumonectomy
lobe removal | lobectomy
hemorrhoid | pile
hemorrhoid removal | hemorrhoidectomy
pleural drainage | thoracentesis | pleural tap | chest tap
paracentesis | belly tap | abdominal tap
lumbar puncture | spinal tap | lp
arthrocentesis | joint aspiration | joint tap
chest tube | thoracostomy
intubation | breathing tube
tracheostomy | tracheotomy | trach
central line | central venous catheter | cvc
picc | peripherally inserted central catheter | picc line
pacemaker | ppm | pacer
defibrillator | icd | aicd
coronary bypass | cabg | coronary artery bypass | heart bypass
coronary stent | pci | percutaneous coronary intervention
cardiac catheterization | heart catheterization | heart cath | cardiac cath | lhc
catheterization | cath
aortic valve replacement | avr
transcatheter aortic valve | tavr | tavi
echocardiogram | echo | tte | heart ultrasound
transesophageal echocardiogram | tee | transesophageal echo
electrocardiogram | ekg | ecg | heart tracing
stress test | treadmill test | exercise test
ambulatory electrocardiogram | holter | heart monitor
electroencephalogram | eeg | brain wave
electromyogram | emg | electromyography
nerve conduction | ncs | ncv
pulmonary function | pft | lung function
spirometry | breathing test
sleep study | polysomnogram | psg
magnetic resonance imaging | mri | mr | magnetic resonance
magnetic resonance angiogram | mra
computed tomography | ct | cat scan | ct scan
ct angiogram | cta
positron emission tomography | pet | pet scan
ultrasound | us | sonogram | echography
xray | xr | radiogram | plain film
chest xray | cxr
mammogram | mammo | breast xray
bone density | dexa | dxa | densitometry
fluoroscopy | fluoro
upper endoscopy | egd | gastroscopy | esophagogastroduodenoscopy
colonoscopy | colon scope
bronchoscopy | bronch | lung scope
cystoscopy | cysto | bladder scope
sigmoidoscopy | flex sig
cesarean | c section | csection
delivery | childbirth | birth
pregnancy | obstetric | ob
prenatal | antenatal
newborn | neonate | neonatal
child | pediatric | peds | children | kid
preventive | checkup | check up | physical exam | annual exam | wellness
emergency | er | ed | emergency room | emergency department
critical care | icu | intensive care
hospital | inpatient
visit | encounter | appointment
consultation | consult
nursing facility | nursing home | snf
home visit | house call
telehealth | telemedicine | video visit | virtual visit
telephone | phone
psychotherapy | talk therapy | therapy session | counseling
group psychotherapy | group therapy
family psychotherapy | family therapy
physical therapy | pt | physiotherapy
occupational therapy | ot
dialysis | hemodialysis
chemotherapy | chemo
radiation | radiotherapy | xrt
infusion | iv | drip
vaccine | vaccination | immunization | shot | jab
influenza | flu
blood draw | venipuncture | phlebotomy
stitch | suture
laceration repair | wound repair | stitch
laceration | cut
abscess | boil
mole | nevus
tumor | neoplasm | growth
lump | mass | nodule
cancer | malignant | malignancy
stone | calculus | calculi
kidney stone | nephrolithiasis
shock wave lithotripsy | eswl
wart | verruca
bunion | hallux valgus
knee replacement | tka | tkr | knee arthroplasty
hip replacement | tha | thr | hip arthroplasty
shoulder replacement | tsa | shoulder arthroplasty
replacement | arthroplasty
anterior cruciate ligament | acl
fusion | arthrodesis
disc removal | discectomy
amputation | amp
debridement | wound cleaning
negative pressure wound | wound vac | npwt
epidural | esi
botulinum toxin | botox | chemodenervation
steroid | cortisone
hemoglobin a1c | a1c | hba1c | glycated hemoglobin
complete blood count | cbc
basic metabolic | bmp
comprehensive metabolic | cmp
prostate specific antigen | psa
thyroid stimulating hormone | tsh
cervical cancer screening | pap | pap smear
urinalysis | ua | urine test
lipid panel | cholesterol test
covid | coronavirus
anesthesia | anesthetic
conscious sedation | moderate sedation | twilight
hearing test | audiometry | audiogram
cataract removal | cataract surgery | phaco | phacoemulsification
ear tube | tympanostomy | grommet
ear wax | earwax | cerumen
nosebleed | epistaxis
nose reshaping | rhinoplasty | nose job
tummy tuck | abdominoplasty
tobacco | smoking
autopsy | postmortem
lab | laboratory
bilateral | both sides
left | lt
right | rt
without | wo
evaluation | eval
follow up | followup | f u
established | est
1 hour | 60 minute
half hour | 30 minute
level 2 | level ii
level 3 | level iii
level 4 | level iv
level 5 | level v
"""

# Each line: a loose word, and what may be meant by it. It does not hold the other way round.
IMPLIES = """
scan > ct | mri | pet | ultrasound | tomography
scope > endoscopy | colonoscopy | gastroscopy | bronchoscopy | cystoscopy | arthroscopy
laparoscopy > laparoscopic
out > removal
tube tied > tubal ligation | sterilization
psych > psychiatric | psychological | psychotherapy
tx > treatment | therapy
dx > diagnosis | diagnostic
sx > surgery | surgical
surgery > surgical | repair | removal | replacement
checkup > preventive visit
physical > preventive visit
heart attack > myocardial infarction
skin cancer > skin lesion
weight loss surgery > bariatric | gastric bypass | gastric sleeve
"""
