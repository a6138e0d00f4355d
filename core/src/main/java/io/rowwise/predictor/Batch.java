package io.rowwise.predictor;

import java.util.List;

/** Requests whose rows are computed at once. Those of both types are computed as {@code double}. */
final class Batch {
  private final List<Request<?>> requests;
  private final int features;
  private final int classes;
  private final int rows;

  /**
   * @param requests at least one; if several, no more rows than fit into arrays
   */
  Batch(List<Request<?>> requests, int features, int classes) {
    this.requests = requests;
    this.features = features;
    this.classes = classes;
    this.rows = requests.stream().mapToInt(Request::rows).sum();
  }

  int rows() {
    return rows;
  }

  /** Has all rows computed, and decides the requests' answers. */
  void compute(Computation computation) {
    if (requests.size() == 1) {
      Request<?> request = requests.get(0);
      Rows alone = request.alone(classes);
      computation.compute(alone);
      request.succeed(alone);
    } else if (requests.stream().allMatch(Request::isOfFloats)) {
      computeFloats(computation);
    } else {
      computeDoubles(computation);
    }
  }

  private void computeFloats(Computation computation) {
    float[] x = new float[rows * features];
    int at = 0;
    for (Request<?> request : requests) {
      request.copyTo(x, at);
      at += request.rows() * features;
    }
    Rows.Floats all = new Rows.Floats(rows, x, classes);
    computation.compute(all);
    int from = 0;
    for (Request<?> request : requests) {
      int to = from + request.rows() * classes;
      request.succeed(all.probabilities(), from, to);
      from = to;
    }
  }

  private void computeDoubles(Computation computation) {
    double[] x = new double[rows * features];
    int at = 0;
    for (Request<?> request : requests) {
      request.copyTo(x, at);
      at += request.rows() * features;
    }
    Rows.Doubles all = new Rows.Doubles(rows, x, classes);
    computation.compute(all);
    int from = 0;
    for (Request<?> request : requests) {
      int to = from + request.rows() * classes;
      request.succeed(all.probabilities(), from, to);
      from = to;
    }
  }
}
