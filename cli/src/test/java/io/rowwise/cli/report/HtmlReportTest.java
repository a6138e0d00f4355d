package io.rowwise.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.metric.Report;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

class HtmlReportTest {
  @Test
  void nothingIsFromElsewhere() {
    for (ReportPage page : List.of(ExamplePages.three(), ExamplePages.forty())) {
      String html = HtmlReport.render(page).toLowerCase(Locale.ROOT);
      for (String no : List.of("http", "src=", "href", "<script", "url(", "@import", "<link")) {
        assertFalse(html.contains(no), no);
      }
    }
  }

  @Test
  void itIsWellFormedAndHasAllOfIt() throws Exception {
    Document page = parse(HtmlReport.render(ExamplePages.three()));
    assertEquals(
        "Iris, three species by four measurements",
        page.getElementsByTagName("title").item(0).getTextContent());
    assertEquals(9, cells(page, "confusion"));
    assertEquals(2, page.getElementsByTagName("svg").getLength());
    assertEquals(12, withClass(page, "div", "bar").size());
    assertEquals(List.of("0.01"), texts(withClass(page, "dl", "card").get(0), "dd").subList(0, 1));
    String summary = withClass(page, "p", "summary").get(0).getTextContent();
    assertEquals(
        "Model iris.safetensors Data iris.csv Rows 150 Features 4 Classes 3 When",
        summary.substring(0, summary.indexOf(" 2026")));
  }

  @Test
  void theMatrixHasTheReportsNumbers() throws Exception {
    ReportPage page = ExamplePages.three();
    List<String> shown =
        texts(withClass(parse(HtmlReport.render(page)), "table", "confusion").get(0), "td");
    List<String> expected = new ArrayList<>(List.of(""));
    for (double[] row : page.report().confusion()) {
      for (double cell : row) {
        expected.add(String.format(Locale.ROOT, "%.0f", cell));
      }
    }
    assertEquals(expected, shown);
  }

  @Test
  void manyClassesAreAPictureAndAListOfWhatIsConfusedMost() throws Exception {
    ReportPage page = ExamplePages.forty();
    Document html = parse(HtmlReport.render(page));
    assertEquals(0, withClass(html, "table", "confusion").size());
    long nonzero =
        Arrays.stream(page.report().confusion())
            .flatMapToDouble(Arrays::stream)
            .filter(cell -> cell > 0)
            .count();
    // And the frame.
    assertEquals(nonzero + 1, html.getElementsByTagName("rect").getLength());
    List<String> pairs = texts(withClass(html, "table", "pairs").get(0), "td");
    assertEquals(20 * 4, pairs.size());
    int last = Integer.MAX_VALUE;
    for (int i = 2; i < pairs.size(); i += 4) {
      assertTrue(Integer.parseInt(pairs.get(i)) <= last, pairs.toString());
      last = Integer.parseInt(pairs.get(i));
    }
    assertEquals(12, withClass(html, "div", "weights-of-class").size());
  }

  @Test
  void aThousandClassesAreStillAPage() throws Exception {
    int classes = 1000;
    double[] probabilities = new double[classes * classes];
    for (int i = 0; i < classes; i++) {
      probabilities[i * classes + i] = 1;
    }
    List<String> names = IntStream.range(0, classes).mapToObj(Integer::toString).toList();
    Report report = Report.of(probabilities, IntStream.range(0, classes).toArray(), names);
    Document html = parse(HtmlReport.render(ReportPage.of("Many", report)));
    // Nine classes in a cell, on the diagonal, and the frame.
    assertEquals(112 + 1, html.getElementsByTagName("rect").getLength());
  }

  @Test
  void textsAreEscaped() throws Exception {
    List<String> names =
        List.of(
            "<script>alert('1')</script>",
            "a & b \"quoted\" ]]>",
            "\u0000\u001b\ud800 \ud83c\udf41 \u202e");
    String html =
        HtmlReport.render(
            ExamplePages.page("</title><script>", 60, names)
                .summary("<b>", "&amp;")
                .parameter("onload=\"", "<!-- -->")
                .weights(List.of(new WeightBar("<svg onload='x'>", names.get(0), 1))));
    assertFalse(html.contains("<script"));
    assertFalse(html.contains("<svg onload"));
    Document page = parse(html);
    assertEquals("</title><script>", page.getElementsByTagName("title").item(0).getTextContent());
    List<String> rows = texts(withClass(page, "table", "classes").get(0), "th");
    assertEquals(names.subList(0, 2), rows.subList(6, 8));
    assertEquals("\ufffd\ufffd\ufffd \ud83c\udf41 \u202e", rows.get(8));
  }

  @Test
  void whatIsNotGivenIsLeftOut() throws Exception {
    Report report = Report.of(new double[] {1, 0}, new int[] {0}, List.of("a", "b"));
    Document page = parse(HtmlReport.render(ReportPage.of("Bare", report)));
    assertEquals(1, page.getElementsByTagName("svg").getLength());
    assertEquals(
        List.of(
            "Every class is told apart without an error",
            "None of 1 rows is misclassified",
            "Confidence is right on average: 100.0 % sure, 100.0 % right"),
        texts(page.getDocumentElement(), "h2"));
  }

  @Test
  void weightsAreNamedWhereTheyAreCounted() throws Exception {
    double[] probabilities = {1, 0, 1, 0};
    Report report =
        Report.of(probabilities, new int[] {0, 1}, new double[] {1.5, 0.5}, List.of("a", "b"));
    Document page = parse(HtmlReport.render(ReportPage.of("Weighted", report)));
    assertEquals(
        "0.50 of 2 weighted rows are misclassified, most often b as a (0.50)",
        texts(page.getDocumentElement(), "h2").get(1));
    assertEquals("Weight", texts(withClass(page, "table", "classes").get(0), "th").get(5));
    assertEquals(
        List.of("", "1.50", "0", "0.50", "0"),
        texts(withClass(page, "table", "confusion").get(0), "td"));
  }

  @Test
  void theSamePageIsTheSameBytesInEveryLanguage() {
    Locale before = Locale.getDefault();
    String expected = HtmlReport.render(ExamplePages.three());
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertEquals(expected, HtmlReport.render(ExamplePages.three()));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void aCurveThatFallsFarIsOnALogarithmicAxisAndOneThatIsNotFiniteHasGaps() throws Exception {
    Report report = Report.of(new double[] {1, 0}, new int[] {0}, List.of("a", "b"));
    ReportPage bare = ReportPage.of("Curve", report);
    List<CurvePoint> far = List.of(new CurvePoint(0, 100), new CurvePoint(10, 0.01));
    String html = HtmlReport.render(bare.curve(far));
    assertTrue(html.contains("Objective, logarithmic"));
    assertTrue(html.contains("The objective fell from 100 to 0.01 in 10 iterations"));
    for (double odd : new double[] {Double.NaN, Double.POSITIVE_INFINITY, -1, 0}) {
      parse(HtmlReport.render(bare.curve(List.of(new CurvePoint(0, 100), new CurvePoint(1, odd)))));
      parse(HtmlReport.render(bare.curve(List.of(new CurvePoint(3, odd)))));
    }
    List<CurvePoint> many =
        IntStream.range(0, 100_000).mapToObj(i -> new CurvePoint(i, 1.0 / (1 + i))).toList();
    assertTrue(HtmlReport.render(bare.curve(many)).length() < 50_000);
  }

  @Test
  void itIsWrittenAsUtf8(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("report.html");
    HtmlReport.write(ExamplePages.three(), file);
    assertEquals(HtmlReport.render(ExamplePages.three()), Files.readString(file));
  }

  @Test
  void aWeightThatIsNotFiniteIsRefused() {
    var e = assertThrows(IllegalArgumentException.class, () -> new WeightBar("x", "a", Double.NaN));
    assertEquals("weight bar: the weight of 'x' for 'a' is NaN, want a finite one", e.getMessage());
  }

  private static Document parse(String html)
      throws ParserConfigurationException, IOException, SAXException {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(html.getBytes(StandardCharsets.UTF_8)));
  }

  private static int cells(Document page, String table) {
    Element body =
        (Element) withClass(page, "table", table).get(0).getElementsByTagName("tbody").item(0);
    return body.getElementsByTagName("td").getLength();
  }

  private static List<String> texts(Element in, String element) {
    NodeList all = in.getElementsByTagName(element);
    return IntStream.range(0, all.getLength()).mapToObj(i -> all.item(i).getTextContent()).toList();
  }

  private static List<Element> withClass(Document page, String element, String name) {
    NodeList all = page.getElementsByTagName(element);
    return IntStream.range(0, all.getLength())
        .mapToObj(i -> (Element) all.item(i))
        .filter(each -> each.getAttribute("class").equals(name))
        .toList();
  }
}
