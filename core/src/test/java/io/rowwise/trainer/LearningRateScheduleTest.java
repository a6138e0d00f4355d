package io.rowwise.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LearningRateScheduleTest {
  @ParameterizedTest
  @CsvSource({
    "constant, 7, 0.5",
    "step:3:0.1, 0, 0.5",
    "step:3:0.1, 2, 0.5",
    "step:3:0.1, 3, 0.05",
    "step:3:0.1, 6, 0.005",
    "exponential:0.5, 0, 0.5",
    "exponential:0.5, 3, 0.0625",
    "cosine, 0, 0.5",
    "cosine, 5, 0.25",
    "cosine, 2, 0.4522542485937369",
    "inverse:0.5, 0, 0.5",
    "inverse:0.5, 2, 0.25",
    "warmup:4:constant, 0, 0.1",
    "warmup:4:constant, 3, 0.4",
    "warmup:4:constant, 4, 0.5",
    "warmup:2:cosine, 2, 0.5",
    "warmup:2:cosine, 6, 0.25",
    "warmup:2:step:3:0.1, 5, 0.05",
  })
  void ratesOfTenEpochs(String text, int epoch, double wanted) {
    assertEquals(wanted, LearningRateSchedule.parse(text).rate(0.5, epoch, 10), 1e-15);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "constant",
        "step:10:0.5",
        "exponential:0.95",
        "cosine",
        "inverse:0.1",
        "warmup:5:cosine",
        "warmup:5:step:10:0.5"
      })
  void theTextOfAScheduleMakesIt(String text) {
    LearningRateSchedule schedule = LearningRateSchedule.parse(text);
    assertEquals(text, schedule.toString());
    assertEquals(schedule, LearningRateSchedule.parse(schedule.toString()));
  }

  @Test
  void theMethodsMakeWhatTheTextsDo() {
    assertEquals(LearningRateSchedule.parse("constant"), LearningRateSchedule.constant());
    assertEquals(LearningRateSchedule.parse("step:4:0.1"), LearningRateSchedule.step(4, 0.1));
    assertEquals(
        LearningRateSchedule.parse("exponential:0.9"), LearningRateSchedule.exponential(0.9));
    assertEquals(LearningRateSchedule.parse("inverse:2"), LearningRateSchedule.inverseTime(2));
    assertEquals(
        LearningRateSchedule.parse("warmup:3:cosine"),
        LearningRateSchedule.warmUp(3, LearningRateSchedule.cosine()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "linear",
        "step",
        "step:10",
        "step:x:0.5",
        "step:0:0.5",
        "step:10:0",
        "step:10:0.5:1",
        "exponential",
        "exponential:-1",
        "exponential:NaN",
        "cosine:5",
        "constant:",
        "inverse:-1",
        "inverse",
        "warmup:5",
        "warmup:0:cosine",
        "warmup:5:",
        "Cosine"
      })
  void whatIsNoScheduleIsRefused(String text) {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> LearningRateSchedule.parse(text));
    assertTrue(error.getMessage().contains("wanted"), error.getMessage());
  }
}
