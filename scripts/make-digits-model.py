# Makes src/dev/model/digits.onnx, the small real model that `outrigger dev` serves, and test/dev/digits-held-back.json,
# the quarter of the data that the model never saw.
#
# Run from the repository's root; the seeds are fixed, so that a second run gives the same split and the same weights:
#   python3.11 -m venv /tmp/digits
#   /tmp/digits/bin/pip install scikit-learn==1.9.1 skl2onnx==1.20.0 onnx==1.23.2 numpy==2.4.6
#   /tmp/digits/bin/python scripts/make-digits-model.py
#
# Data: Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998,
# https://doi.org/10.24432/C50P49, licence CC BY 4.0. scikit-learn ships its test part (1797 digits of 13 writers, 8 x 8
# pixels of 0 to 16) as load_digits, so nothing is downloaded.
import json
import pathlib

from onnx import checker
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

SEED = 7
ROOT = pathlib.Path(__file__).resolve().parent.parent

pixels, labels = load_digits(return_X_y=True)
train_x, held_back_x, train_label, held_back_label = train_test_split(
    pixels, labels, test_size=0.25, stratify=labels, random_state=SEED
)
classifier = MLPClassifier((48,), max_iter=1000, random_state=SEED).fit(train_x, train_label)

# zipmap would turn the probabilities into a sequence of maps, which the inference protocol has no datatype for.
# The batch dimension stays open: None.
model = to_onnx(
    classifier,
    initial_types=[("x", FloatTensorType([None, 64]))],
    options={id(classifier): {"zipmap": False, "output_class_labels": False}},
    target_opset={"": 17, "ai.onnx.ml": 3},
)
names = {"label", "probabilities"}
assert {output.name for output in model.graph.output} == names, model.graph.output
model.graph.name = "digits"
model.doc_string = "Handwritten digits, 8 x 8 pixels of 0 to 16. Data: UCI, CC BY 4.0, doi.org/10.24432/C50P49"
checker.check_model(model)

path = ROOT / "src/dev/model/digits.onnx"
path.write_bytes(model.SerializeToString())
held_back = {"x": held_back_x.astype(int).tolist(), "label": held_back_label.tolist()}
(ROOT / "test/dev/digits-held-back.json").write_text(json.dumps(held_back, separators=(",", ":")) + "\n")

right = int((classifier.predict(held_back_x) == held_back_label).sum())
print(f"{path.stat().st_size} bytes; {right} of {len(held_back_label)} held-back digits right, {right / len(held_back_label):.1%}")
