package io.rowwise.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * How the JSON of model files is read: nothing of it is kept for longer than a file's reading
 * (Jackson bounds the length of names and numbers, and the depth, by itself).
 */
final class ModelJson {
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          // Both keep names for the life of the process, and these come from outside.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          // All the names of the classes are one text.
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(SafetensorsHeader.LARGEST).build())
          .build();

  private ModelJson() {}

  static JsonParser parser(String text) throws IOException {
    return FACTORY.createParser(text);
  }

  /**
   * Of UTF-8, which Jackson by itself would guess.
   *
   * @return throws a {@link java.nio.charset.CharacterCodingException} where the bytes are not
   *     UTF-8
   */
  static JsonParser parser(byte[] bytes) throws IOException {
    return FACTORY.createParser(
        new InputStreamReader(
            new ByteArrayInputStream(bytes), StandardCharsets.UTF_8.newDecoder()));
  }
}
