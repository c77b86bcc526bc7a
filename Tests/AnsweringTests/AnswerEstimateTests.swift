import Answering
import Diffusion
import Platform
import Testing

@Suite struct AnswerEstimateTests {
  private func estimate(resolution: Int) throws -> AnswerEstimate {
    let outline = try ModelOutline(path: ModelLocator.locate("default").path)
    var settings = AnswerSettings(outline.card)
    settings.resolution = resolution
    return try AnswerEstimate(outline, settings: settings, width: resolution, height: resolution)
  }

  @Test func costGrowsWithTheResolution() throws {
    let (small, large) = (try estimate(resolution: 128), try estimate(resolution: 512))
    #expect(large.operationCount > 15 * small.operationCount)
    #expect(large.byteCount > small.byteCount)
    #expect(small.passCount == large.passCount)
  }

  /// Four times the pixels of a picture that is worked on in strips take no more memory than the maps
  /// of the finest level.
  @Test func memoryOfLargePicturesIsBounded() throws {
    let outline = try ModelOutline(path: ModelLocator.locate("default").path)
    let width = outline.autoencoder.widths[0]
    let (small, large) = (try estimate(resolution: 4096), try estimate(resolution: 8192))
    let pictures = 4 * 4 * 3 * 8192 * 8192
    #expect(large.byteCount - small.byteCount <= 4 * 8192 * 8192 * width + pictures + (1 << 30))
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let estimate = try estimate(resolution: 256)
    try estimate.check(fits: estimate.byteCount)
    let error = #expect(throws: ReportableError.self) {
      try estimate.check(fits: estimate.byteCount - 1)
    }
    #expect(error?.code == .usage)
    #expect(error?.message.contains("256x256 needs") == true)
    #expect(error?.message.contains("smaller --resolution") == true)
  }
}
