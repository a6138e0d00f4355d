package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {
  private static final String PROPERTY = "rowwise.settings.test";

  @AfterEach
  void clear() {
    System.clearProperty(PROPERTY);
  }

  private static String error(Executable reading) {
    return assertThrows(IllegalArgumentException.class, reading).getMessage();
  }

  @Test
  void whatIsNotSetIsWhatTheReaderSays() {
    assertEquals(Optional.empty(), Settings.text(PROPERTY));
    assertEquals("a", Settings.choice(PROPERTY, "a", "a", "b"));
    assertEquals(true, Settings.isOn(PROPERTY, true));
    assertEquals(false, Settings.isOn(PROPERTY, false));
    assertEquals(true, Settings.isTrue(PROPERTY, true));
    assertEquals(OptionalInt.empty(), Settings.count(PROPERTY, 1, 5));
    assertEquals(OptionalLong.empty(), Settings.bytes(PROPERTY));
  }

  @Test
  void spacesAroundAValueDoNotCount() {
    System.setProperty(PROPERTY, " b\t");
    assertEquals(Optional.of("b"), Settings.text(PROPERTY));
    assertEquals("b", Settings.choice(PROPERTY, "a", "a", "b"));
    System.setProperty(PROPERTY, " off ");
    assertEquals(false, Settings.isOn(PROPERTY, true));
    System.setProperty(PROPERTY, " 3 ");
    assertEquals(OptionalInt.of(3), Settings.count(PROPERTY, 1, 5));
    System.setProperty(PROPERTY, " 4k ");
    assertEquals(OptionalLong.of(4096), Settings.bytes(PROPERTY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "", "A", "a b", "true"})
  void anUnknownWordIsAnErrorThatNamesThePropertyAndTheWords(String value) {
    System.setProperty(PROPERTY, value);
    assertEquals(
        "-D" + PROPERTY + "=" + value + ": choose a or b",
        error(() -> Settings.choice(PROPERTY, "a", "a", "b")));
    assertEquals(
        "-D" + PROPERTY + "=" + value + ": choose on or off",
        error(() -> Settings.isOn(PROPERTY, true)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TRUE", "on", "1", ""})
  void onlyTrueAndFalseAreTruthValues(String value) {
    System.setProperty(PROPERTY, value);
    assertEquals(
        "-D" + PROPERTY + "=" + value + ": choose true or false",
        error(() -> Settings.isTrue(PROPERTY, true)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "6", "-1", "1.5", "many", "", "99999999999", "1_0"})
  void anythingButACountInItsRangeIsAnError(String value) {
    System.setProperty(PROPERTY, value);
    assertEquals(
        "-D" + PROPERTY + "=" + value + ": wanted a whole number from 1 to 5",
        error(() -> Settings.count(PROPERTY, 1, 5)));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "007, 7",
    "4k, 4096",
    "4K, 4096",
    "3m, 3145728",
    "2g, 2147483648",
    "2G, 2147483648",
    "1t, 1099511627776",
    "8589934591g, 9223372035781033984",
    "8589934592g, 9223372036854775807",
    "9000000000g, 9223372036854775807",
    "9223372036854775807, 9223372036854775807",
    "9223372036854775808, 9223372036854775807",
    "99999999999999999999999999g, 9223372036854775807"
  })
  void aSizeIsBytesAndNeverNegative(String value, long bytes) {
    System.setProperty(PROPERTY, value);
    assertEquals(OptionalLong.of(bytes), Settings.bytes(PROPERTY));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0", "0g", "000", "-1", "-4g", "4gb", "4 g", "1.5g", "", "lots", "g", "٤"})
  void anythingElseIsNoSize(String value) {
    System.setProperty(PROPERTY, value);
    assertEquals(
        "-D"
            + PROPERTY
            + "="
            + value
            + ": wanted a number of bytes, more than 0, such as 4000000000, 4000m or 4g",
        error(() -> Settings.bytes(PROPERTY)));
  }
}
