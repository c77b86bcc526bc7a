import Evaluation
import Foundation
import Testing

@Suite("Classification scores")
struct ClassificationScoresTests {
  @Test("confusion, accuracy, precision, recall and F1, per class and together")
  func scores() {
    var tally = ClassificationTally(classes: ["cat", "dog", "eel"])
    for (classIndex, truth, answer) in [
      (0, true, true), (0, true, true), (0, true, false), (0, false, true), (0, false, false),
      (1, true, nil), (1, false, nil), (1, false, false),
    ] as [(Int, Bool, Bool?)] {
      tally.add(classIndex: classIndex, truth: truth, answer: answer)
    }
    let scores = tally.scores()
    expectSame(scores.classes.map(\.accuracy.value), [3.0 / 5, 1.0 / 3, nil], "accuracy")
    expectSame(scores.classes.map(\.precision.value), [2.0 / 3, nil, nil], "precision")
    expectSame(scores.classes.map(\.recall.value), [2.0 / 3, 0, nil], "recall")
    expectSame(scores.classes.map(\.f1.value), [2.0 / 3, 0, nil], "F1")
    expectSame(
      [
        scores.headline.value, scores.meanClassAccuracy.value, scores.precision.value,
        scores.recall.value, scores.f1.value,
      ], [4.0 / 8, (0.6 + 1.0 / 3) / 2, 2.0 / 3, 2.0 / 4, 4.0 / 7], "together")
    #expect(scores.confusion.count == 8)
    #expect(scores.confusion.unreadablePositive == 1)
    #expect(scores.confusion.unreadableNegative == 1)
  }

  @Test("nothing asked is null")
  func emptySet() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = try String(
      decoding: encoder.encode(ClassificationTally(classes: []).scores()), as: UTF8.self)
    #expect(text.hasPrefix("{\"accuracy\":null,\"classes\":[],\"confusion\":{\"falseNegative\":0"))
  }
}
