package io.rowwise.metric;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.OptionalDouble;

/** A report as one line of JSON. */
final class ReportJson {
  /** Below it, every whole number is a double of its own. */
  private static final double WHOLE = 0x1p53;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          // The shortest digits that are read back as the same number, on every JDK.
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .build();

  private final JsonGenerator json;

  private ReportJson(JsonGenerator json) {
    this.json = json;
  }

  static String of(Report report) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      new ReportJson(json).write(report);
    } catch (IOException e) {
      throw new UncheckedIOException("a text in memory cannot be written", e);
    }
    return text.toString();
  }

  private void write(Report report) throws IOException {
    json.writeStartObject();
    json.writeNumberField("rows", report.rows());
    number("weight", report.weight());
    number("log_loss", report.logLoss());
    number("accuracy", report.accuracy());
    number("macro_precision", report.macroPrecision());
    number("macro_recall", report.macroRecall());
    number("macro_f1", report.macroF1());
    number("weighted_precision", report.weightedPrecision());
    number("weighted_recall", report.weightedRecall());
    number("weighted_f1", report.weightedF1());
    number("brier", report.brier());
    number("ece", report.expectedCalibrationError());
    number("roc_auc", report.rocAuc());
    json.writeArrayFieldStart("classes");
    for (String name : report.classNames()) {
      json.writeString(name);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("confusion");
    for (int actual = 0; actual < report.classNames().size(); actual++) {
      json.writeStartArray();
      for (int predicted = 0; predicted < report.classNames().size(); predicted++) {
        number(report.confusion(actual, predicted));
      }
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("per_class");
    for (ClassReport each : report.classes()) {
      json.writeStartObject();
      json.writeStringField("name", each.name());
      number("precision", each.precision());
      number("recall", each.recall());
      number("f1", each.f1());
      number("support", each.support());
      number("roc_auc", each.rocAuc());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("reliability");
    for (Report.Bin bin : report.reliability()) {
      json.writeStartObject();
      number("from", bin.from());
      number("to", bin.to());
      number("rows", bin.rows());
      number("confidence", bin.confidence());
      number("accuracy", bin.accuracy());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void number(String name, OptionalDouble value) throws IOException {
    number(name, value.orElse(Double.NaN));
  }

  private void number(String name, double value) throws IOException {
    json.writeFieldName(name);
    number(value);
  }

  private void number(double value) throws IOException {
    if (Double.isNaN(value)) {
      json.writeNull();
    } else if (value == Math.rint(value) && Math.abs(value) < WHOLE) {
      json.writeNumber((long) value);
    } else {
      json.writeNumber(value);
    }
  }
}
