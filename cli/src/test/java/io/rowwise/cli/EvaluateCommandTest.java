package io.rowwise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class EvaluateCommandTest extends CommandLineTest {
  private static final Pattern LOG_LOSS = Pattern.compile("\"log_loss\":([0-9.e-]+)");

  private static double logLoss(String json) {
    Matcher found = LOG_LOSS.matcher(json);
    assertTrue(found.find(), json);
    return Double.parseDouble(found.group(1));
  }

  @Test
  void theNumbersAreThoseOfTheOptimum() throws IOException {
    Path model = irisModel();
    Path json = folder.resolve("report.json");
    String said = run("evaluate", iris() + "", "--model", model + "", "--json", json + "").said();
    assertContains("accuracy                              0.9733", said);
    assertEquals(0.11963667798790426, logLoss(Files.readString(json)), 1e-8);
    String alone = run("evaluate", iris() + "", "--model", model + "", "--json", "-").said();
    assertEquals(Files.readString(json), alone);
  }

  @Test
  void theReportIsAPage() throws IOException {
    Path page = folder.resolve("report.html");
    String said =
        run("evaluate", iris() + "", "--model", irisModel() + "", "--report", page + "").said();
    assertContains("report.html: written", said);
    String html = Files.readString(page);
    for (String part :
        new String[] {
          "iris.safetensors on iris.csv",
          "petal_length_(cm)",
          "virginica",
          "Penalty",
          "0.00666667",
          "Solver",
          "<svg"
        }) {
      assertContains(part, html);
    }
  }

  @Test
  void columnsAreFoundByName() throws IOException {
    Path model = file("m.csv", "a,b,y\n0,9,n\n1,3,n\n5,4,p\n6,5,p\n");
    Path saved = folder.resolve("m.safetensors");
    run("train", model + "", "--label", "y", "--model", saved + "").said();
    Path moved = file("moved.csv", "truth,more,b,a,n\nn,1,9,0,2\np,word,5,6,1\n");
    String said =
        run(
                "evaluate",
                moved + "",
                "--label",
                "truth",
                "--weights",
                "n",
                "--model",
                saved + "",
                "--json",
                "-")
            .said();
    assertContains("\"weight\":3", said);
    assertContains(
        "moved.csv: no column 'y'; there are 'truth'",
        run("evaluate", moved + "", "--model", saved + "").complaint(1));
    assertContains(
        "less.csv: no column 'b'",
        run("evaluate", file("less.csv", "a,y\n1,n\n") + "", "--model", saved + "").complaint(1));
    assertContains(
        "class.csv, line 3, column 'y': no class 'q'",
        run("evaluate", file("class.csv", "a,b,y\n1,2,n\n1,2,q\n") + "", "--model", saved + "")
            .complaint(1));
    assertContains(
        "empty.csv: has no rows",
        run("evaluate", file("empty.csv", "a,b,y\n") + "", "--model", saved + "").complaint(1));
  }

  @Test
  void aNumberIsTheSameClassHoweverItIsWritten() throws IOException {
    Path saved = folder.resolve("n.safetensors");
    run(
            "train",
            file("n.csv", "a,y\n0,1\n1,1\n5,2\n6,2\n") + "",
            "--label",
            "y",
            "--model",
            saved + "")
        .said();
    assertContains(
        "\"accuracy\":1,",
        run(
                "evaluate",
                file("k.csv", "a,y\n0,1.0\n6,2.00\n") + "",
                "--model",
                saved + "",
                "--json",
                "-")
            .said());
  }

  @Test
  void aFileThatIsNoModelIsTold() throws IOException {
    String complaint = run("evaluate", iris() + "", "--model", iris() + "").complaint(1);
    assertContains("iris.csv: ", complaint);
  }
}
