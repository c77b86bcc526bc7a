import Evaluation
import Foundation
import Imaging
import TensorCore
import Testing

@Suite("Segmentation scores")
struct SegmentationScoresTests {
  private func mask(_ text: String) -> Mask {
    let rows = text.split(separator: " ")
    return Mask(
      width: rows[0].count, height: rows.count,
      elements: rows.joined().map { $0 == "#" })
  }

  private var tally: SegmentationTally {
    var tally = SegmentationTally(classes: ["cat", "dog", "eel"])
    // cat: 2 of 3 in one image, 1 of 4 in the other; dog: nothing found, then asked where absent.
    tally.add(image: "a", classIndex: 0, predicted: mask("##. ..."), truth: mask("### ..."))
    tally.add(image: "b", classIndex: 0, predicted: mask("##. ..#"), truth: mask("#.. #.."))
    tally.add(image: "a", classIndex: 1, predicted: mask("... ..."), truth: mask("... ..#"))
    tally.add(image: "c", classIndex: 1, predicted: mask("##. ..."), truth: mask("... ..."))
    return tally
  }

  @Test("class-wise sums over the set, absent classes left out of the mean but in the table")
  func standard() {
    let scores = tally.scores()
    expectSame(
      scores.classes.map(\.intersectionOverUnion.value), [3.0 / 7, 0, nil], "per class")
    expectSame([scores.meanIoU.value, scores.headline.value], [1.5 / 7, 1.5 / 7], "mean")
    expectSame(
      scores.classes.map(\.precision.value), [3.0 / 5, 0, nil], "precision")
    expectSame(scores.classes.map(\.recall.value), [3.0 / 5, 0, nil], "recall")
    #expect(scores.classes.map(\.presentCount) == [2, 1, 0])
    #expect(scores.classes.map(\.queryCount) == [2, 2, 0])
    #expect(scores.imageCount == 3)
    // 24 pixels compared; wrong: 1 + 3 + 1 + 2.
    expectSame([scores.pixelAccuracy.value], [17.0 / 24], "pixel accuracy")
    // All: intersection 3, predicted 7, truth 6, union 10.
    expectSame([scores.foregroundBackgroundIoU.value], [(3.0 / 10 + 14.0 / 21) / 2], "FB-IoU")
  }

  @Test("per image over the classes it shows, then over images; the paper's epsilon")
  func imageAveraged() {
    let scores = tally.scores()
    // a: (2/3 + 0) / 2, b: 1/4, c shows nothing asked for.
    expectSame([scores.imageMeanIoU.value], [(1.0 / 3 + 0.25) / 2], "standard")
    let paper = tally.scores(.paper)
    let a = ((510 + 1e-6) / (765 + 1e-6) + 1e-6 / (255 + 1e-6)) / 2
    let b = (255 + 1e-6) / (1020 + 1e-6)
    expectSame(
      [paper.headline.value, paper.imageMeanIoU.value], [(a + b) / 2, (a + b) / 2], "paper")
    #expect(paper.meanIoU == scores.meanIoU)
    #expect(tally.imageMeans().map(\.image) == ["a", "b", "c"])
    #expect(tally.imageMeans()[2].score == .absent)
  }

  @Test("ignored pixels count nowhere")
  func ignored() {
    let counts = SegmentationTally.Counts(
      predicted: mask("##. ##."), truth: mask("#.. ###"), ignored: mask(".#. ..#"))
    #expect(
      counts == SegmentationTally.Counts(intersection: 3, predicted: 3, truth: 3, compared: 4))
  }

  @Test("run-length masks count as the masks they stand for")
  func runLengths() {
    var stream = RandomStream(seed: 9)
    for _ in 0..<20 {
      func random(_ share: Double) -> Mask {
        Mask(width: 7, height: 5, elements: (0..<35).map { _ in stream.uniform() < share })
      }
      let (predicted, truth, ignored) = (random(0.5), random(0.4), random(0.2))
      for ignored in [nil, ignored] {
        #expect(
          SegmentationTally.Counts(
            predicted: RunLengthMask(predicted), truth: RunLengthMask(truth),
            ignored: ignored.map { RunLengthMask($0) })
            == SegmentationTally.Counts(predicted: predicted, truth: truth, ignored: ignored))
      }
    }
  }

  @Test("merging two halves gives the whole")
  func merging() {
    var first = SegmentationTally(classes: tally.classes)
    var second = first
    for (index, entry) in tally.entries.enumerated() {
      if index < 2 {
        first.add(image: entry.image, classIndex: entry.classIndex, counts: entry.counts)
      } else {
        second.add(image: entry.image, classIndex: entry.classIndex, counts: entry.counts)
      }
    }
    first.merge(second)
    #expect(first.scores() == tally.scores())
  }

  @Test("an empty set is null, and the keys do not depend on it")
  func emptySet() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let empty = try String(
      decoding: encoder.encode(SegmentationTally(classes: []).scores()), as: UTF8.self)
    #expect(
      empty == """
        {"classes":[],"foregroundBackgroundIoU":null,"headline":null,"imageCount":0,\
        "imageMeanIoU":null,"meanIoU":null,"pixelAccuracy":null,"queryCount":0,"rules":"standard"}
        """)
  }

  @Test("label maps: errors into the ignore value count, ignored truth does not")
  func labelMaps() {
    var confusion = LabelConfusion(classes: ["sky", "road", "tree"])
    confusion.add(
      predicted: Plane<UInt8>(width: 4, height: 2, elements: [0, 0, 255, 2, 1, 1, 0, 1]),
      truth: Plane<UInt8>(width: 4, height: 2, elements: [0, 0, 0, 0, 1, 1, 1, 255]),
      ignoredLabel: 255)
    let scores = confusion.scores()
    expectSame(
      scores.classes.map(\.intersectionOverUnion.value), [2.0 / 5, 2.0 / 3, nil], "per class")
    expectSame(
      [
        scores.meanIoU.value, scores.pixelAccuracy.value, scores.meanAccuracy.value,
        scores.frequencyWeightedIoU.value,
      ],
      [(2.0 / 5 + 2.0 / 3) / 2, 4.0 / 7, (0.5 + 2.0 / 3) / 2, (4 * 0.4 + 3 * 2.0 / 3) / 7],
      "totals")
    #expect(confusion[truth: 0, predicted: 3] == 1)
  }

  @Test("random label maps: the confusion matrix and per-class masks agree")
  func confusionAgreesWithMasks() {
    var stream = RandomStream(seed: 5)
    let names = ["a", "b", "c", "d"]
    var confusion = LabelConfusion(classes: names)
    var tally = SegmentationTally(classes: names)
    for image in 0..<3 {
      func labels() -> Plane<UInt16> {
        Plane(width: 9, height: 7, elements: (0..<63).map { _ in UInt16(stream.uniform() * 5) })
      }
      let truth = labels()
      let predicted = labels()
      confusion.add(predicted: predicted, truth: truth, ignoredLabel: 4)
      for index in names.indices {
        tally.add(
          image: "\(image)", classIndex: index, predicted: predicted.map { $0 == UInt16(index) },
          truth: truth.map { $0 == UInt16(index) }, ignored: truth.map { $0 == 4 })
      }
    }
    let masks = tally.scores()
    let maps = confusion.scores()
    expectSame(
      masks.classes.map(\.intersectionOverUnion.value),
      maps.classes.map(\.intersectionOverUnion.value), "per class")
    expectSame([masks.meanIoU.value], [maps.meanIoU.value], "mean")
  }
}
