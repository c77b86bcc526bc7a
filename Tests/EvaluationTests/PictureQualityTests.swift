import Evaluation
import Imaging
import TestSupport
import Testing

@Suite("Picture quality")
struct PictureQualityTests {
  struct Goldens: Decodable {
    struct Case: Decodable {
      let width: Int
      let height: Int
      let first: [UInt8]
      let second: [UInt8]
      let peakSignalToNoise: Double
      let structuralSimilarity: Double
    }
    let cases: [Case]
  }

  @Test("PSNR and SSIM equal scikit-image")
  func equalsReference() throws {
    let goldens = try GoldenFile.decode(Goldens.self, "picture-quality.json")
    #expect(goldens.cases.count == 3)
    var tally = PictureQualityTally()
    for golden in goldens.cases {
      let first = Image(width: golden.width, height: golden.height, pixels: golden.first)
      let second = Image(width: golden.width, height: golden.height, pixels: golden.second)
      let measured = tally.add(answer: first, target: second)
      expectSame(
        [measured.peakSignalToNoise.value, measured.structuralSimilarity.value],
        [golden.peakSignalToNoise, golden.structuralSimilarity], tolerance: 1e-11,
        "\(golden.width)x\(golden.height)")
    }
    let scores = tally.scores()
    expectSame(
      [scores.peakSignalToNoise.value, scores.structuralSimilarity.value],
      [
        goldens.cases.map(\.peakSignalToNoise).reduce(0, +) / 3,
        goldens.cases.map(\.structuralSimilarity).reduce(0, +) / 3,
      ], tolerance: 1e-11, "means")
  }

  @Test("identical pictures have similarity 1 and no finite ratio; tiny ones no similarity")
  func identicalAndTiny() {
    let picture = Image(width: 12, height: 11, filledWith: Color(10, 200, 30))
    var tally = PictureQualityTally()
    tally.add(answer: picture, target: picture)
    let scores = tally.scores()
    #expect(scores.peakSignalToNoise == .absent)
    #expect(scores.identicalImageCount == 1)
    expectSame([scores.structuralSimilarity.value], [1], "similarity")
    let tiny = Image(width: 40, height: 10)
    #expect(PictureQuality.structuralSimilarity(tiny, tiny) == .absent)
    expectSame(
      [
        PictureQuality.peakSignalToNoise(
          Image(width: 2, height: 2), Image(width: 2, height: 2, filledWith: .white)
        ).value
      ],
      [0], "opposite pictures")
  }
}
