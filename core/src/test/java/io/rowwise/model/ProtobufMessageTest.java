package io.rowwise.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of the encoding's own description, and its limits. */
final class ProtobufMessageTest {
  private static void assertEncoded(String hex, ProtobufMessage message) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    message.writeTo(out);
    assertEquals(hex, HexFormat.of().formatHex(out.toByteArray()));
    assertEquals(out.size(), message.length());
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 0800",
    "1, 127, 087f",
    "1, 128, 088001",
    "1, 150, 089601",
    "20, 2, a00102",
    "1, 9223372036854775807, 08ffffffffffffffff7f"
  })
  void numbers(int field, long value, String hex) throws IOException {
    assertEncoded(hex, new ProtobufMessage().number(field, value));
  }

  @Test
  void textsAndMessages() throws IOException {
    assertEncoded("120774657374696e67", new ProtobufMessage().text(2, "testing"));
    assertEncoded("0a02c39f", new ProtobufMessage().text(1, "ß"));
    ProtobufMessage inner = new ProtobufMessage().number(1, 150);
    ProtobufMessage outer = new ProtobufMessage().message(3, inner);
    inner.number(1, 1);
    assertEncoded("1a03089601", outer);
  }
}
