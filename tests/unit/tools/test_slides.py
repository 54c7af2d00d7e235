"""What stands on slides beside plain text."""

import io
import zipfile
from pathlib import Path

import pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.unit.tools.documents import read

DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def slides_with_smart_art(path: Path, points: str | None) -> None:
    made = pptx.Presentation()
    made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = "Plan"
    saved = io.BytesIO()
    made.save(saved)
    frame = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9" name="D"/><p:cNvGraphicFramePr/><p:nvPr/>'
        '</p:nvGraphicFramePr><p:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/></p:xfrm><a:graphic>'
        f'<a:graphicData uri="{DRAWING}/diagram"><dgm:relIds xmlns:dgm="{DRAWING}/diagram" xmlns:r="{OFFICE}" '
        'r:dm="rIdD"/></a:graphicData></a:graphic></p:graphicFrame></p:spTree>'
    )
    relation = f'<Relationship Id="rIdD" Type="{OFFICE}/diagramData" Target="../diagrams/data1.xml"/></Relationships>'
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "ppt/slides/slide1.xml":
                data = data.replace(b"</p:spTree>", frame.encode())
            elif name == "ppt/slides/_rels/slide1.xml.rels" and points is not None:
                data = data.replace(b"</Relationships>", relation.encode())
            new.writestr(name, data)
        if points is not None:
            root = f'<dgm:dataModel xmlns:dgm="{DRAWING}/diagram" xmlns:a="{DRAWING}/main"><dgm:ptLst>'
            new.writestr("ppt/diagrams/data1.xml", f"{root}{points}</dgm:ptLst></dgm:dataModel>")


def test_smart_art_is_read_point_by_point(tmp_path: Path) -> None:
    point = "<dgm:pt><dgm:t><a:bodyPr/><a:p><a:r><a:t>{}</a:t></a:r><a:r><a:t>{}</a:t></a:r></a:p></dgm:t></dgm:pt>"
    points = point.format("Buy R&amp;D ", "tools") + point.format("", "") + point.format("Build", "")
    slides_with_smart_art(tmp_path / "a.pptx", points)
    assert read(tmp_path / "a.pptx").parts[0].text == "Plan\nBuy R&D tools\nBuild"


def test_smart_art_without_its_data_is_noted(tmp_path: Path) -> None:
    slides_with_smart_art(tmp_path / "a.pptx", None)
    document = read(tmp_path / "a.pptx")
    assert document.parts[0].text == "Plan"
    assert document.notes == ("slide 1 holds a drawing whose text is missing: not read",)


def test_charts_are_noted_once_a_slide_also_within_groups(tmp_path: Path) -> None:
    made = pptx.Presentation()
    data = CategoryChartData()
    data.categories = ["a"]
    data.add_series("s", (1,))
    where = (XL_CHART_TYPE.PIE, 0, 0, Inches(1), Inches(1), data)
    for grouped in (False, True):
        slide = made.slides.add_slide(made.slide_layouts[5])
        slide.shapes.title.text = "Chart"
        frames = [slide.shapes.add_chart(*where), slide.shapes.add_chart(*where)]
        if grouped:
            group = slide.shapes.add_group_shape()
            for each in frames:
                group._element.append(each._element)
    made.slides.add_slide(made.slide_layouts[6]).shapes.add_textbox(0, 0, 9, 9).text_frame.text = "no title"
    made.save(str(tmp_path / "a.pptx"))
    document = read(tmp_path / "a.pptx")
    assert document.notes == ("slide 1 holds a chart: not read", "slide 2 holds a chart: not read")
    assert (document.parts[2].label, document.parts[2].text) == ("", "no title")
