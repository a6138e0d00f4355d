package io.rowwise.benchmarks.spark;

import io.rowwise.model.SoftmaxModel;
import io.rowwise.spark.RowwiseClassifier;
import io.rowwise.spark.RowwiseModel;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.Matrix;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Who minimises the mean cross-entropy plus half of the penalty times the squared weights. */
enum Runner {
  ROWWISE {
    @Override
    Outcome fit(Dataset<Row> rows, int iterations) {
      return rowwise(rows, iterations, "float64");
    }
  },
  ROWWISE_FLOAT32 {
    @Override
    Outcome fit(Dataset<Row> rows, int iterations) {
      return rowwise(rows, iterations, "float32");
    }
  },
  MLLIB {
    @Override
    Outcome fit(Dataset<Row> rows, int iterations) {
      long begin = System.nanoTime();
      LogisticRegressionModel model =
          new LogisticRegression()
              .setFamily("multinomial")
              .setRegParam(PENALTY)
              .setStandardization(false)
              .setTol(0)
              .setMaxIter(iterations)
              .fit(rows);
      double seconds = (System.nanoTime() - begin) * 1e-9;
      Matrix matrix = model.coefficientMatrix();
      double[] weights = new double[matrix.numRows() * matrix.numCols()];
      for (int k = 0; k < matrix.numCols(); k++) {
        for (int j = 0; j < matrix.numRows(); j++) {
          weights[k * matrix.numRows() + j] = matrix.apply(j, k);
        }
      }
      double[] bias = model.interceptVector().toArray();
      return new Outcome(seconds, model.summary().objectiveHistory(), weights, bias);
    }
  };

  static final double PENALTY = 1e-4;

  abstract Outcome fit(Dataset<Row> rows, int iterations);

  private static Outcome rowwise(Dataset<Row> rows, int iterations, String type) {
    long begin = System.nanoTime();
    RowwiseModel fitted =
        new RowwiseClassifier()
            .setRegParam(PENALTY)
            .setStandardization(false)
            .setElementType(type)
            .setTol(0)
            .setMaxIter(iterations)
            .fit(rows);
    double seconds = (System.nanoTime() - begin) * 1e-9;
    SoftmaxModel model = fitted.toSoftmaxModel();
    double[] history =
        fitted.summary().orElseThrow().objectiveHistory().stream()
            .mapToDouble(Double::doubleValue)
            .toArray();
    return new Outcome(seconds, history, model.weights(), model.bias());
  }
}
