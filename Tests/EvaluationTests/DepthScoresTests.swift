import Evaluation
import Imaging
import Platform
import Testing

@Suite("Depth scores")
struct DepthScoresTests {
  struct Golden: Decodable {
    struct Map: Decodable {
      let width: Int
      let height: Int
      let truth: [Int]
      let predicted: [Int]
    }
    struct Expected: Decodable {
      let images: Int
      let pixels: Int
      let averaged: [String: Double]
      let pooled: [String: Double]
    }
    let millimetres: [Map]
    let standard: Expected
    let paper: Expected
    let eigenLattice: Expected
  }

  @Test("equals numpy: unknown and capped pixels, an image without depth, both protocols")
  func equalsReference() throws {
    let golden = try GoldenFile.decode(Golden.self, "depth.json")
    for (rules, expected) in [
      (EvaluationProtocol.standard, golden.standard), (.paper, golden.paper),
    ] {
      var tally = DepthTally(DepthParameters(rules: rules))
      for (index, map) in golden.millimetres.enumerated() {
        try tally.add(
          image: "\(index)", predicted: metres(map.predicted, map.width, map.height),
          truth: metres(map.truth, map.width, map.height))
      }
      let scores = tally.scores()
      check(scores, expected)
      #expect(scores.skippedImageCount == golden.millimetres.count - expected.images)
      #expect(scores.headline == scores.averaged.rootMeanSquare)
    }
  }

  @Test("equals numpy inside the Eigen crop of a full NYU map")
  func eigenCrop() throws {
    let golden = try GoldenFile.decode(Golden.self, "depth.json")
    var tally = DepthTally(DepthParameters(crop: .eigen))
    try tally.add(
      image: "lattice", predicted: lattice(2_246_822_519, 6789, 600, 9300),
      truth: lattice(2_654_435_761, 12345, 500, 11000))
    check(tally.scores(), golden.eigenLattice)
  }

  @Test("the Eigen crop refuses maps of another size")
  func cropOfOtherSize() throws {
    var tally = DepthTally(DepthParameters(crop: .eigen))
    let map = Plane<Float>(width: 8, height: 6, repeating: 2)
    let error = #expect(throws: ReportableError.self) {
      try tally.add(image: "small", predicted: map, truth: map)
    }
    #expect(error?.code == .badData)
    #expect(
      error?.description
        == "small: the Eigen crop is defined for 640x480 depth maps, not 8x6; evaluate without it")
  }

  @Test("a constant prediction is not perfect, unlike under the published mask")
  func constantPrediction() throws {
    var tally = DepthTally(DepthParameters(rules: .paper))
    let truth = Plane<Float>(width: 4, height: 2, elements: [1, 2, 3, 4, 5, 6, 7, 8])
    try tally.add(
      image: "ramp", predicted: Plane(width: 4, height: 2, repeating: 2.5), truth: truth)
    let error = try #require(tally.scores().headline.value)
    #expect(abs(error - (9.25).squareRoot()) < 1e-12)
  }

  @Test("predictions that are no number count as the nearest depth, infinite ones as the farthest")
  func wildPredictions() throws {
    var tally = DepthTally()
    let errors = try tally.add(
      image: "wild", predicted: Plane(width: 2, height: 1, elements: [.nan, .infinity]),
      truth: Plane(width: 2, height: 1, elements: [1, 4]))
    let expected = ((0.999 * 0.999 + 36) / 2).squareRoot()
    #expect(abs((errors.rootMeanSquare.value ?? .nan) - expected) < 1e-12)
  }

  @Test("nothing to compare gives absent scores")
  func nothingKnown() throws {
    var tally = DepthTally()
    let map = Plane<Float>(width: 2, height: 2, repeating: 0)
    #expect(try tally.add(image: "empty", predicted: map, truth: map).delta1 == .absent)
    #expect(tally.scores().headline == .absent)
    #expect(tally.scores().pooled.scaleInvariantLog == .absent)
  }

  private func check(
    _ scores: DepthScores, _ expected: Golden.Expected,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(scores.imageCount == expected.images, sourceLocation: sourceLocation)
    #expect(scores.pixelCount == expected.pixels, sourceLocation: sourceLocation)
    for (label, actual, numbers) in [
      ("averaged", scores.averaged, expected.averaged), ("pooled", scores.pooled, expected.pooled),
    ] {
      #expect(numbers.count == 9, sourceLocation: sourceLocation)
      let named: [(String, Score)] = [
        ("rootMeanSquare", actual.rootMeanSquare), ("absoluteRelative", actual.absoluteRelative),
        ("squaredRelative", actual.squaredRelative),
        ("rootMeanSquareLog", actual.rootMeanSquareLog), ("log10", actual.log10),
        ("delta1", actual.delta1), ("delta2", actual.delta2), ("delta3", actual.delta3),
        ("scaleInvariantLog", actual.scaleInvariantLog),
      ]
      for (name, score) in named {
        expectSame(
          [score.value], [numbers[name]], tolerance: 1e-12 * max(1, numbers[name] ?? 1),
          "\(label) \(name)", sourceLocation: sourceLocation)
      }
    }
  }

  private func metres(_ millimetres: [Int], _ width: Int, _ height: Int) -> Plane<Float> {
    Plane(width: width, height: height, elements: millimetres.map { Float($0) / 1000 })
  }

  private func lattice(
    _ factor: UInt64, _ offset: UInt64, _ lowest: UInt64, _ span: UInt64
  ) -> Plane<Float> {
    let count = UInt64(640 * 480)
    return Plane(
      width: 640, height: 480,
      elements: (0..<count).map {
        Float(lowest + (($0 &* factor &+ offset) & 0xFFFF_FFFF) % span) / 1000
      })
  }
}
