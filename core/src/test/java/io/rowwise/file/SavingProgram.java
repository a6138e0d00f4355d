package io.rowwise.file;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A program that writes files, to be killed, or to run where the system is not as usual. Says
 * {@code writing} on its standard error when it is in the middle of a file.
 */
public final class SavingProgram {
  private SavingProgram() {}

  /**
   * Writes and ends.
   *
   * @param arguments what to do, the path, and how many bytes
   */
  public static void main(String[] arguments) throws IOException {
    Path path = Path.of(arguments[1]);
    byte[] content = new byte[Integer.parseInt(arguments[2])];
    Arrays.fill(content, (byte) 'n');
    switch (arguments[0]) {
      case "once" -> AtomicFile.write(path, out -> out.write(content));
      case "often" -> {
        for (int i = 0; i < 100; i++) {
          AtomicFile.write(path, out -> out.write(content));
        }
      }
      case "wait" ->
          AtomicFile.write(
              path,
              out -> {
                out.write(content, 0, content.length / 2);
                out.flush();
                System.err.println("writing");
                if (System.in.read() < 0) {
                  throw new IOException("nobody wants it any more");
                }
                out.write(content, 0, content.length - content.length / 2);
              });
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  /** The command of a child JVM that runs it. */
  static List<String> command(String what, Path path, int bytes) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return List.of(
        java,
        "-Xshare:auto",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        SavingProgram.class.getName(),
        what,
        path.toString(),
        Integer.toString(bytes));
  }

  static Process start(Redirect out, List<String> command) throws IOException {
    return new ProcessBuilder(command).redirectOutput(out).start();
  }

  /** The command as a word of a shell script. */
  static String quoted(List<String> command) {
    List<String> words = new ArrayList<>();
    for (String word : command) {
      words.add("'" + word.replace("'", "'\\''") + "'");
    }
    return String.join(" ", words);
  }
}
