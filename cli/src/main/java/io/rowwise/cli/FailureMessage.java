package io.rowwise.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Map;

/** What went wrong, in one line for who gave the command. */
final class FailureMessage {
  /** What messages say to programs, as people at a terminal know it. */
  private static final Map<String, String> WORDS =
      Map.of(
          "CsvFormat.header(false)", "--no-header",
          "CsvFormat.separator", "--separator",
          "Table: no column", "no column");

  private FailureMessage() {}

  static String of(Throwable failure) {
    String message = message(failure);
    for (Map.Entry<String, String> word : WORDS.entrySet()) {
      message = message.replace(word.getKey(), word.getValue());
    }
    return oneLine(message);
  }

  private static String message(Throwable failure) {
    if (failure instanceof UncheckedIOException wrapped) {
      return message(wrapped.getCause());
    }
    if (failure instanceof NoSuchFileException missing) {
      return missing.getFile() + ": there is no such file or folder";
    }
    if (failure instanceof AccessDeniedException denied) {
      return denied.getFile() + ": may not be opened";
    }
    String message = failure.getMessage();
    boolean saysAll =
        failure instanceof IOException
            || failure instanceof IllegalArgumentException
            || failure.getClass().getName().startsWith("io.rowwise.");
    return saysAll && message != null
        ? message
        : "a fault of rowwise, of which --debug shows more: " + failure;
  }

  static String oneLine(String text) {
    return text.strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
  }
}
