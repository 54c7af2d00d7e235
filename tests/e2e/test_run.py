"""`legwork run` with the starter model, and what is there afterwards."""

import hashlib
import json
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from fpdf import FPDF

from tests.e2e.conftest import SEA, Legwork


def write_pdf(path: Path) -> str:
    pdf = FPDF()
    pdf.set_font("helvetica", size=12)
    pdf.add_page()
    pdf.multi_cell(0, 6, SEA)
    pdf.output(str(path))
    return str(path)


def test_a_pdf_is_summarised_and_the_result_stays(legwork: Legwork, tmp_path: Path) -> None:
    code, out, err = legwork(
        "run", "documents", "Summarise this in five points", write_pdf(tmp_path / "sea.pdf"), "--json"
    )
    assert code == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    task = rows[-1]
    assert {row["task_id"] for row in rows} == {task["task_id"]}
    assert task["status"] == "completed"
    fractions = [row["progress"]["fraction"] for row in rows]
    assert fractions == sorted(fractions)
    assert any(row["estimated_range"] for row in rows)
    assert "step 1 of" in err
    assert "\r" not in err
    artifacts = {artifact["name"]: artifact for artifact in task["result"]["artifacts"]}
    assert {"report.md", "evidence.json"} <= set(artifacts)
    for artifact in artifacts.values():
        content = Path(url2pathname(urlsplit(artifact["url"]).path)).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (artifact["size"], artifact["sha256"])
    look_back(legwork, task["task_id"], task["result"]["summary"])


def look_back(legwork: Legwork, task_id: str, summary: str) -> None:
    assert legwork("result", task_id[:20].lower())[:2] == (0, f"{summary.rstrip()}\n")
    code, out, _ = legwork("show", task_id, "--json")
    assert (code, json.loads(out)["result"]["summary"]) == (0, summary)
    code, out, _ = legwork("list", "summarise", "--status", "completed", "--json")
    assert (code, json.loads(out)["task_id"]) == (0, task_id)
    code, out, _ = legwork("result", task_id, "--artifact", "evidence.json")
    assert (code, bool(json.loads(out))) == (0, True)
    assert not legwork.paths.engine.exists()
