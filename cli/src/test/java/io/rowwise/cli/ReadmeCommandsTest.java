package io.rowwise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The commands of the README, and what it says that they print. */
class ReadmeCommandsTest extends CommandLineTest {
  private static final String OPENING = "\n```sh\nmvn -q package";

  @Test
  void aNewcomerGetsToAReport() throws IOException {
    for (String example : List.of("iris.csv", "new.csv")) {
      Files.copy(Path.of("src/examples", example), folder.resolve(example));
    }
    String readme = Files.readString(Path.of("../README.md")).replace("\r\n", "\n");
    int begin = readme.indexOf(OPENING) + OPENING.length();
    int end = readme.indexOf("```\n", begin);
    List<String> commands = readme.substring(begin, end).lines().toList();

    List<String> said = new ArrayList<>();
    int run = 0;
    for (String command : commands) {
      if (command.startsWith("rowwise ")) {
        String[] arguments = command.substring("rowwise ".length()).split(" ");
        run(Arrays.stream(arguments).map(this::inFolder).toArray(String[]::new))
            .said()
            .lines()
            .forEach(said::add);
        run++;
      }
    }
    assertEquals(4, run);
    assertTrue(Files.exists(folder.resolve("report.html")));
    assertEquals(31, Files.readAllLines(folder.resolve("scored.csv")).size());

    int output = readme.indexOf("\n```\n", end) + "\n```\n".length();
    for (String line :
        readme.substring(output, readme.indexOf("...\n```\n", output)).lines().toList()) {
      // The time is another one each time.
      String wanted = line.replaceFirst("trained on cpu in [0-9.]+ s", "");
      assertTrue(said.stream().anyMatch(each -> each.endsWith(wanted)), () -> line + " in " + said);
    }
  }

  private String inFolder(String argument) {
    return argument.matches("[a-z]+\\.[a-z]+") ? folder.resolve(argument).toString() : argument;
  }
}
