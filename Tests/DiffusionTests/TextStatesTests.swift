import Diffusion
import Foundation
import Testing

@Suite struct TextStatesTests {
  @Test func knownTextsNeedNoEncoder() throws {
    let path = try LayoutFolder.path("today")
    let whole = try InstructModel.load(path: path)
    let light = try InstructModel.load(path: path, instructions: ["Segment the dog"])
    #expect(whole.pipeline.texts.encoder != nil && light.pipeline.texts.encoder == nil)
    let ids = [light.tokens(of: "Segment the dog"), light.tokens(of: "")]
    #expect(light.pipeline.texts(ids).floats == whole.pipeline.texts(ids).floats)
    #expect(light.pipeline.texts([ids[1]]).shape == whole.pipeline.texts([ids[1]]).shape)
    #expect(light.pipeline.texts.configuration == whole.pipeline.texts.configuration)
  }
}
