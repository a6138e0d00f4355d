package io.rowwise.backend.contract;

import io.rowwise.backend.ElementType;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Every shape that the contract computes with, in one place, so that a backend can see what it will
 * meet. They are odd rather than large: the largest matrix has some ten thousand elements.
 */
final class Cases {
  /** Rows and columns. */
  record Shape(int rows, int columns) {
    int elements() {
      return rows * columns;
    }

    @Override
    public String toString() {
      return rows + "x" + columns;
    }
  }

  /** A shape, and how the inputs and the output lie in memory. */
  record Placed(ElementType type, Shape shape, Layout input, Layout output) {
    @Override
    public String toString() {
      return "%s %s, %s to %s".formatted(type, shape, input, output);
    }
  }

  /** A product of an m x k and a k x n matrix, and how they lie in memory. */
  record Product(ElementType type, int m, int k, int n, Layout input, Layout output) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%s %dx%d times %dx%d, %s to %s", type, m, k, k, n, input, output);
    }
  }

  /** A function of rows of logits. */
  record Rows(Origin origin, ElementType type, Shape shape, Layout input, Layout output) {
    @Override
    public String toString() {
      return "%s %s %s, %s to %s".formatted(origin, type, shape, input, output);
    }
  }

  /** A classifier and its data. */
  record Classifier(
      Origin origin, ElementType type, int rows, int features, int classes, Layout layout) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%s %s, %d rows, %d features, %d classes, %s",
          origin,
          type,
          rows,
          features,
          classes,
          layout);
    }
  }

  private static final List<Shape> SHAPES =
      List.of(
          new Shape(1, 1),
          new Shape(1, 7),
          new Shape(9, 1),
          new Shape(0, 3),
          new Shape(4, 0),
          new Shape(0, 0),
          new Shape(2, 2),
          new Shape(33, 5),
          new Shape(3, 257));

  private static final List<Shape> LONG_ROWS =
      List.of(new Shape(7, 1025), new Shape(65, 33), new Shape(2, 5000), new Shape(300, 3));

  private static final List<Shape> LOGITS =
      List.of(
          new Shape(1, 1),
          new Shape(5, 1),
          new Shape(7, 2),
          new Shape(33, 3),
          new Shape(1, 10),
          new Shape(6, 33),
          new Shape(3, 65),
          new Shape(2, 1000),
          new Shape(2, 1025));

  // m, k, n
  private static final int[][] PRODUCTS = {
    {1, 1, 1},
    {1, 7, 1},
    {3, 1, 4},
    {2, 3, 4},
    {5, 5, 5},
    {33, 5, 3},
    {17, 65, 9},
    {3, 257, 2},
    {4, 0, 3},
    {0, 3, 2},
    {2, 3, 0},
    {40, 33, 35}
  };

  // rows, features, classes
  private static final int[][] CLASSIFIERS = {
    {1, 1, 1},
    {1, 5, 3},
    {7, 3, 2},
    {5, 0, 3},
    {20, 5, 3},
    {9, 4, 10},
    {6, 65, 33},
    {3, 2, 65},
    {40, 2, 50},
    {2, 3, 1001}
  };

  /** The shapes of a pass over an epoch's batches: rows and the rows of a batch. */
  static final int[][] EPOCHS = {{1, 1}, {10, 3}, {9, 3}, {4, 100}, {5, Integer.MAX_VALUE}, {7, 1}};

  /** Classes that backends have ways of their own for. */
  static final int[] FEW_AND_MANY_CLASSES = {1, 3, 10, 50, 1001};

  /** The classes of the reference files. */
  static final int[] REFERENCE_CLASSES = {1, 2, 3, 10, 31, 32, 33, 1000, 1025, 5000};

  private Cases() {}

  static Stream<Placed> elementWise() {
    return placed(SHAPES);
  }

  static Stream<Placed> reductions() {
    return Stream.concat(
        placed(SHAPES),
        types()
            .flatMap(
                type ->
                    LONG_ROWS.stream()
                        .map(shape -> new Placed(type, shape, Layout.WHOLE, Layout.WHOLE))));
  }

  /** The reductions that have a maximum. */
  static Stream<Placed> maxima() {
    return reductions().filter(of -> of.shape().columns() > 0);
  }

  private static Stream<Placed> placed(List<Shape> shapes) {
    return types()
        .flatMap(
            type ->
                Stream.concat(
                    shapes.stream()
                        .map(shape -> new Placed(type, shape, Layout.WHOLE, Layout.WHOLE)),
                    views()
                        .map(
                            layouts -> new Placed(type, new Shape(6, 5), layouts[0], layouts[1]))));
  }

  static Stream<Product> products() {
    return types()
        .flatMap(
            type ->
                Stream.concat(
                    Stream.of(PRODUCTS)
                        .map(s -> new Product(type, s[0], s[1], s[2], Layout.WHOLE, Layout.WHOLE)),
                    views().map(layouts -> new Product(type, 4, 6, 5, layouts[0], layouts[1]))));
  }

  /** With types of 16 bits, which are composed of copies and the others. */
  static Stream<Rows> logitsOfEveryType() {
    Stream<Rows> halves =
        halves()
            .flatMap(
                type ->
                    Stream.concat(
                        Stream.concat(
                            LOGITS.stream()
                                .map(
                                    shape ->
                                        new Rows(
                                            Origin.BEST, type, shape, Layout.WHOLE, Layout.WHOLE)),
                            views()
                                .map(
                                    layouts ->
                                        new Rows(
                                            Origin.BEST,
                                            type,
                                            new Shape(4, 6),
                                            layouts[0],
                                            layouts[1]))),
                        Stream.of(
                            new Rows(
                                Origin.COMPOSED,
                                type,
                                new Shape(6, 33),
                                Layout.COLUMNS,
                                Layout.ROWS))));
    return Stream.concat(logits(), halves);
  }

  static Stream<Rows> logits() {
    return Stream.of(Origin.values())
        .flatMap(
            origin ->
                types()
                    .flatMap(
                        type ->
                            Stream.concat(
                                LOGITS.stream()
                                    .map(
                                        shape ->
                                            new Rows(
                                                origin, type, shape, Layout.WHOLE, Layout.WHOLE)),
                                views()
                                    .map(
                                        layouts ->
                                            new Rows(
                                                origin,
                                                type,
                                                new Shape(4, 6),
                                                layouts[0],
                                                layouts[1])))));
  }

  static Stream<Classifier> classifiers() {
    return Stream.of(Origin.values())
        .flatMap(
            origin ->
                types()
                    .flatMap(
                        type ->
                            Stream.concat(
                                Stream.of(CLASSIFIERS)
                                    .map(
                                        s ->
                                            new Classifier(
                                                origin, type, s[0], s[1], s[2], Layout.WHOLE)),
                                Stream.of(Layout.values())
                                    .map(
                                        layout -> new Classifier(origin, type, 8, 5, 3, layout)))));
  }

  /** With types of 16 bits, in which there is prediction alone. */
  static Stream<Classifier> predictions() {
    Stream<Classifier> halves =
        halves()
            .flatMap(
                type ->
                    Stream.concat(
                        Stream.concat(
                            Stream.of(CLASSIFIERS)
                                .map(
                                    s ->
                                        new Classifier(
                                            Origin.BEST, type, s[0], s[1], s[2], Layout.WHOLE)),
                            Stream.of(Layout.values())
                                .map(layout -> new Classifier(Origin.BEST, type, 8, 5, 3, layout))),
                        Stream.of(
                            new Classifier(Origin.COMPOSED, type, 6, 65, 33, Layout.COLUMNS),
                            new Classifier(Origin.BEST, type, 1, 70, 12, Layout.COLUMNS))));
    return Stream.concat(classifiers(), halves);
  }

  /** Each kind of kernel implementation with each type. */
  static Stream<Arguments> originsAndTypes() {
    return Stream.of(Origin.values())
        .flatMap(origin -> types().map(type -> Arguments.of(origin, type)));
  }

  static IntStream referenceClasses() {
    return IntStream.of(REFERENCE_CLASSES);
  }

  /** Those that every operation takes. */
  static Stream<ElementType> types() {
    return ElementType.arithmetic().stream();
  }

  /** Those of 16 bits. */
  static Stream<ElementType> halves() {
    return Stream.of(ElementType.values()).filter(ElementType::isHalf);
  }

  /** Each layout on each side, and one with another. */
  private static Stream<Layout[]> views() {
    return Stream.of(Layout.values())
        .filter(layout -> layout != Layout.WHOLE)
        .flatMap(
            layout ->
                Stream.of(
                    new Layout[] {layout, Layout.WHOLE},
                    new Layout[] {Layout.WHOLE, layout},
                    new Layout[] {layout, Layout.VIEW_OF_VIEW}));
  }
}
