package io.rowwise.trainer;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.kernel.Targets;
import java.util.Arrays;
import java.util.Objects;

/** Samples whose targets lie on the device. */
abstract class TargetedSamples implements Samples {
  private final Backend backend;
  private final ElementType type;
  private final int features;
  private final Targets targets;
  private final int classes;

  TargetedSamples(
      Backend backend, ElementType type, int rows, int features, Targets targets, int classes) {
    this.backend = Objects.requireNonNull(backend, "backend");
    this.type = type;
    this.features = features;
    this.targets = Objects.requireNonNull(targets, "targets");
    this.classes = classes;
    Arguments.requireSome("samples", "x", "rows", rows);
    Arguments.requireSome("samples", "targets", "classes", classes);
    targets.require("samples", backend, type, rows, classes);
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public ElementType type() {
    return type;
  }

  @Override
  public int count() {
    return targets.rows();
  }

  @Override
  public int features() {
    return features;
  }

  @Override
  public int classes() {
    return classes;
  }

  Targets targets() {
    return targets;
  }

  @Override
  public int[] labels() {
    return Arrays.stream(targets.values().toDoubles()).mapToInt(label -> (int) label).toArray();
  }

  @Override
  public double[] weights() {
    return targets.hasWeights() ? targets.weights().toDoubles() : null;
  }
}
