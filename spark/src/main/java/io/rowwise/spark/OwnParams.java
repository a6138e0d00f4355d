package io.rowwise.spark;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.linalg.VectorUDT;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.SchemaUtils;
import org.apache.spark.sql.types.StructType;

/** Makes params, with what they accept. Those that MLlib has are named as there. */
final class OwnParams {
  private OwnParams() {}

  static Param<String> column(Params parent, String name, String what) {
    return new Param<>(parent, name, what);
  }

  static Param<String> choice(Params parent, String name, String what, List<String> choices) {
    return new Param<>(
        parent, name, what + ": " + String.join(", ", choices), ParamValidators.inArray(choices));
  }

  static BooleanParam flag(Params parent, String name, String what) {
    return new BooleanParam(parent, name, what);
  }

  static DoubleParam atLeastZero(Params parent, String name, String what) {
    return new DoubleParam(parent, name, what, ParamValidators.gtEq(0));
  }

  static DoubleParam share(Params parent, String name, String what) {
    return new DoubleParam(parent, name, what, ParamValidators.inRange(0, 1));
  }

  static IntParam count(Params parent, String name, String what, int least) {
    return new IntParam(parent, name, what, ParamValidators.gtEq(least));
  }

  static Param<String> probabilityCol(Params parent) {
    return column(parent, "probabilityCol", "column for the class probabilities; may be empty");
  }

  static DoubleArrayParam thresholds(Params parent) {
    return new DoubleArrayParam(
        parent,
        "thresholds",
        "a number of each class, above 0 but for at most one; the prediction is where probability /"
            + " threshold is largest",
        values -> areThresholds(values));
  }

  private static boolean areThresholds(double[] values) {
    return Arrays.stream(values).allMatch(value -> value >= 0)
        && Arrays.stream(values).filter(value -> value == 0).count() <= 1;
  }

  static Param<String> device(Params parent) {
    return choice(parent, "device", "what tasks compute on", DeviceRequest.CHOICES);
  }

  static BooleanParam fallback(Params parent) {
    return flag(
        parent, "fallback", "whether the CPU may take the place of a GPU that is not usable");
  }

  /** What MLlib and Rowwise agree on, and what is Rowwise's own, for scoring. */
  static void setDefaults(ScoringParams params) {
    params.setDefault(params.probabilityCol(), "probability");
    params.setDefault(params.device(), DeviceRequest.AUTO);
    params.setDefault(params.fallback(), true);
  }

  /** With the column of probabilities, if there is to be one. */
  static StructType withProbabilities(ScoringParams params, StructType schema) {
    return SchemaUtils.appendColumn(schema, params.getProbabilityCol(), new VectorUDT(), false);
  }
}
