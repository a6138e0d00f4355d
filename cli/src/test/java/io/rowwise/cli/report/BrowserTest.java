package io.rowwise.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a browser, where there is one: Chromium, without a window. */
class BrowserTest {
  private static final int WIDTH = 1100;
  private static final int HEIGHT = 2000;

  /** As {@link #MEASURING} writes it. */
  private static final Pattern BOX =
      Pattern.compile("\\[(\\S+) (-?\\d+) (-?\\d+) (-?\\d+) (-?\\d+)]");

  private static final String MEASURING =
      """
      <pre id="boxes"></pre><script>
      const boxes = [...document.querySelectorAll('h1, h2, svg, .weak, .strong, .track, dd, th')]
        .map(e => [e, e.getBoundingClientRect()])
        .map(([e, r]) => '[' + (e.getAttribute('class') || e.tagName).replaceAll(' ', '-') + ' '
          + [r.x, r.y, r.width, r.height].map(Math.round).join(' ') + ']');
      boxes.push('[page 0 0 ' + document.documentElement.scrollWidth + ' 0]');
      document.getElementById('boxes').textContent = boxes.join('\\n');
      </script>
      """;

  private record Box(String name, int x, int y, int width, int height) {}

  private Path chromium;

  @TempDir Path folder;

  @BeforeEach
  void findChromium() {
    Optional<Path> found =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .map(folder -> Path.of(folder, "chromium"))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(found.isPresent(), "no chromium on the PATH: the page is not looked at");
    chromium = found.get();
  }

  @Test
  void everythingHasASizeAndNothingIsWiderThanThePage() throws Exception {
    for (ReportPage page : List.of(ExamplePages.three(), ExamplePages.forty())) {
      for (int width : new int[] {WIDTH, 500}) {
        List<Box> boxes = boxes(page, width);
        assertTrue(boxes.size() > 40, boxes.toString());
        for (Box box : boxes) {
          if (box.name.equals("page")) {
            assertTrue(box.width <= width, () -> "the page is wider than its window: " + box);
          } else {
            assertTrue(box.width > 0 && box.height > 0, box::toString);
          }
        }
      }
    }
  }

  @Test
  void theMatrixIsInColours() throws Exception {
    List<Box> cells =
        boxes(ExamplePages.three(), WIDTH).stream()
            .filter(box -> box.name.equals("weak") || box.name.equals("strong"))
            .toList();
    BufferedImage light = screenshot(ExamplePages.three(), false);
    BufferedImage dark = screenshot(ExamplePages.three(), true);
    assertEquals(Color.WHITE, new Color(light.getRGB(2, 2)));
    assertEquals(new Color(0x15, 0x18, 0x1b), new Color(dark.getRGB(2, 2)));
    int right = 0;
    int wrong = 0;
    for (Box cell : cells) {
      // In the corner, past the border, where there is no text.
      int x = cell.x + 5;
      int y = cell.y + 5;
      Color colour = new Color(light.getRGB(x, y));
      if (colour.getBlue() > colour.getRed()) {
        right++;
      } else {
        assertTrue(colour.getRed() > colour.getBlue(), () -> cell + " is " + colour);
        wrong++;
      }
      assertTrue(
          dark.getRGB(x, y) != dark.getRGB(2, 2), () -> cell + " is as its page in the dark");
    }
    assertEquals(3, right);
    assertTrue(wrong >= 1, cells.toString());
  }

  private List<Box> boxes(ReportPage page, int width) throws IOException, InterruptedException {
    String html = HtmlReport.render(page).replace("</main>", "</main>" + MEASURING);
    String dom = run(html, width, false, "--dump-dom");
    List<Box> boxes = new ArrayList<>();
    Matcher matcher = BOX.matcher(dom.substring(dom.indexOf("<pre id=\"boxes\">")));
    while (matcher.find()) {
      boxes.add(
          new Box(
              matcher.group(1),
              Integer.parseInt(matcher.group(2)),
              Integer.parseInt(matcher.group(3)),
              Integer.parseInt(matcher.group(4)),
              Integer.parseInt(matcher.group(5))));
    }
    return boxes;
  }

  private BufferedImage screenshot(ReportPage page, boolean dark)
      throws IOException, InterruptedException {
    Path picture = folder.resolve("picture.png");
    run(HtmlReport.render(page), WIDTH, dark, "--screenshot=" + picture);
    return ImageIO.read(picture.toFile());
  }

  /** What Chromium prints. */
  private String run(String html, int width, boolean dark, String action)
      throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("report.html"), html);
    Path printed = folder.resolve("printed");
    List<String> command =
        new ArrayList<>(
            List.of(
                chromium.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--user-data-dir=" + folder.resolve("profile"),
                "--window-size=" + width + "," + HEIGHT));
    if (dark) {
      command.add("--blink-settings=preferredColorScheme=0");
    }
    command.add(action);
    command.add(file.toUri().toString());
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(printed.toFile())
            .redirectError(folder.resolve("complaints").toFile())
            .start();
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException("chromium did not end in two minutes");
    }
    assertEquals(0, process.exitValue(), () -> command.toString());
    return Files.readString(printed);
  }
}
