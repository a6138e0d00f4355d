package io.rowwise.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;

/**
 * How the JSON of model files is read: nothing of it is kept for longer than a file's reading
 * (Jackson bounds the length of names and numbers by itself).
 */
final class ModelJson {
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          // Both keep names for the life of the process, and these come from outside.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private ModelJson() {}

  /** From a text, not from bytes, whose encoding would be guessed. */
  static JsonParser parser(String text) throws IOException {
    return FACTORY.createParser(text);
  }
}
