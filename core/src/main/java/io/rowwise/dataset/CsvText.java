package io.rowwise.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * The characters of a file, with its first line known before it is read: decompressed, and decoded
 * as its byte order mark says. Not thread-safe.
 */
final class CsvText extends Reader {
  /** What is looked at for the separator. */
  private static final int HEAD_CHARACTERS = 1 << 16;

  private static final String SEPARATORS = ",;\t|";

  private final CountedBytes bytes;
  private final Reader characters;
  private final char[] head = new char[HEAD_CHARACTERS];
  private final int headLength;
  private int headRead;
  private boolean ended;

  /** Closes the stream if it fails. */
  CsvText(InputStream in, Charset charset, char quote) throws IOException {
    bytes = new CountedBytes(in);
    try {
      InputStream decompressed = Gzip.decompressed(bytes);
      // Whoever gets nonsense in the place of letters would not notice; so it is an error.
      characters =
          new InputStreamReader(decompressed, withoutMark(decompressed, charset).newDecoder());
      headLength = readHead(quote);
    } catch (IOException | RuntimeException e) {
      try {
        in.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  private static Charset withoutMark(InputStream in, Charset charset) throws IOException {
    in.mark(3);
    int first = in.read();
    int second = in.read();
    if (first == 0xFE && second == 0xFF) {
      return StandardCharsets.UTF_16BE;
    }
    if (first == 0xFF && second == 0xFE) {
      return StandardCharsets.UTF_16LE;
    }
    if (first == 0xEF && second == 0xBB && in.read() == 0xBF) {
      return StandardCharsets.UTF_8;
    }
    in.reset();
    return charset;
  }

  /** No more than the first line is waited for, since by a pipe the next may come much later. */
  private int readHead(char quote) throws IOException {
    int length = 0;
    boolean quoted = false;
    boolean begun = false;
    boolean complete = false;
    while (length < head.length && !complete) {
      int read = characters.read(head, length, head.length - length);
      if (read < 0) {
        break;
      }
      for (int i = length; i < length + read; i++) {
        quoted ^= head[i] == quote;
        boolean ends = !quoted && isLineEnd(head[i]);
        complete |= begun && ends;
        begun |= !ends;
      }
      length += read;
    }
    return length;
  }

  private static boolean isLineEnd(char c) {
    return c == '\n' || c == '\r';
  }

  /** The separator that is most often in the first line, outside of quotes; a comma if none is. */
  char likelySeparator(char quote) {
    int[] counts = new int[SEPARATORS.length()];
    boolean quoted = false;
    boolean begun = false;
    for (int i = 0; i < headLength; i++) {
      char c = head[i];
      if (c == quote) {
        quoted = !quoted;
      } else if (!quoted && isLineEnd(c)) {
        if (begun) {
          break;
        }
        continue;
      } else if (!quoted && SEPARATORS.indexOf(c) >= 0) {
        counts[SEPARATORS.indexOf(c)]++;
      }
      begun = true;
    }
    int most = 0;
    for (int i = 1; i < counts.length; i++) {
      if (counts[i] > counts[most]) {
        most = i;
      }
    }
    return SEPARATORS.charAt(most);
  }

  /** How many bytes of the file are read, compressed ones if it is compressed. */
  long bytesRead() {
    return bytes.count();
  }

  /** Whether the end of the text was come upon. */
  boolean ended() {
    return ended;
  }

  @Override
  public int read(char[] to, int from, int length) throws IOException {
    if (headRead < headLength) {
      int count = Math.min(length, headLength - headRead);
      System.arraycopy(head, headRead, to, from, count);
      headRead += count;
      return count;
    }
    int read = characters.read(to, from, length);
    ended |= read < 0;
    return read;
  }

  @Override
  public void close() throws IOException {
    characters.close();
  }
}
