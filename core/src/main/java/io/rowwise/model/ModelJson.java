package io.rowwise.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;

/** How the JSON of model files is read: nothing of it is kept for longer than a file's reading. */
final class ModelJson {
  /** An object of objects with arrays, and one more to say what is wrong. */
  private static final int DEEPEST = 4;

  /** More than a 64-bit number has. */
  private static final int MOST_DIGITS = 32;

  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxNumberLength(MOST_DIGITS)
                  .maxStringLength(SafetensorsHeader.LARGEST)
                  .build())
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
