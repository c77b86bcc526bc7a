import Answering
import Diffusion
import Platform
import Testing

@Suite struct AnswerEstimateTests {
  private func estimate(resolution: Int) throws -> AnswerEstimate {
    let outline = try ModelOutline(folder: ModelLocator.locate("default").folder)
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
