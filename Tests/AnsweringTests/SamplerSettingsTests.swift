import Answering
import Diffusion
import Foundation
import Platform
import Testing

@Suite struct SamplerSettingsTests {
  @Test func recordsWithoutASpacingMeanTheSamplersOwn() throws {
    var settings = AnswerSettings(.standard)
    let old = try JSONEncoder().encode(settings)
    #expect(!String(decoding: old, as: UTF8.self).contains("spacing"))
    #expect(try JSONDecoder().decode(AnswerSettings.self, from: old) == settings)
    #expect(try settings.samplerPlan(schedule: .stableDiffusion).spacing == .uniform)

    settings.spacing = "karras"
    let new = try JSONEncoder().encode(settings)
    #expect(try JSONDecoder().decode(AnswerSettings.self, from: new) == settings)
    #expect(try settings.samplerPlan(schedule: .stableDiffusion).spacing == .karras)
  }

  @Test func cardsMayNameASpacing() throws {
    var card = ModelCard.standard
    let old = String(decoding: try JSONEncoder().encode(card), as: UTF8.self)
    #expect(!old.contains("spacing"))
    card.spacing = "leading"
    let settings = AnswerSettings(card)
    #expect(settings.spacing == "leading")
    #expect(try settings.samplerPlan(schedule: .stableDiffusion).spacing == .leading)
    #expect(try JSONDecoder().decode(ModelCard.self, from: JSONEncoder().encode(card)) == card)
  }

  @Test func unknownSpacingsAreRefused() throws {
    var settings = AnswerSettings(.standard)
    settings.spacing = "wide"
    let error = #expect(throws: ReportableError.self) { try settings.validate() }
    #expect(error?.code == .usage)
    #expect(error?.message.contains("\"wide\"; choose one of uniform, trailing") == true)
  }

  @Test func secondEvaluationsAreCounted() throws {
    let outline = try ModelOutline(path: ModelLocator.locate("default").path)
    var settings = AnswerSettings(outline.card)
    settings.steps = 10
    settings.sampler = "euler"
    let euler = try AnswerEstimate(outline, settings: settings, width: 64, height: 64)
    settings.sampler = "heun"
    let heun = try AnswerEstimate(outline, settings: settings, width: 64, height: 64)
    #expect(10 * heun.passCount == 19 * euler.passCount)
  }
}
