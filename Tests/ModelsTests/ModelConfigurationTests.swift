import Foundation
import Models
import Platform
import Testing

@Suite struct ModelConfigurationTests {
  @Test func referenceFilesAreUnderstood() throws {
    let unet = try ModelGolden("unet").configuration(UNetConfiguration.self)
    #expect(unet.inputChannels == 8)
    #expect(unet.levels.map(\.width) == [8, 12, 16])
    #expect(unet.levels.map(\.layerCount) == [1, 2, 1])
    #expect(unet.levels.map(\.headCount) == [2, 3, 4])
    #expect(unet.levels.map(\.attendsGoingUp) == [true, true, false])
    #expect(unet.sizeMultiple == 4)
    #expect(!unet.usesLinearProjection && unet.startsWithCosines)
    let text = try ModelGolden("text-encoder-gelu").configuration(TextEncoderConfiguration.self)
    #expect(text.hiddenActivation == .gelu)
    #expect(text.positionCount == 9)
    let autoencoder = try ModelGolden("autoencoder-plain")
      .configuration(AutoencoderConfiguration.self)
    #expect(!autoencoder.hasMiddleAttention)
    #expect(autoencoder.reduction == 2)
  }

  @Test func writtenFilesReadBack() throws {
    func check<C: ModelConfiguration>(_ configuration: C) throws {
      #expect(try C(json: configuration.json()) == configuration)
    }
    try check(UNetConfiguration.stableDiffusion)
    try check(ModelGolden("unet").configuration(UNetConfiguration.self))
    try check(ModelGolden("unet-linear").configuration(UNetConfiguration.self))
    try check(AutoencoderConfiguration.stableDiffusion)
    try check(ModelGolden("autoencoder-plain").configuration(AutoencoderConfiguration.self))
    try check(TextEncoderConfiguration.stableDiffusion)
    try check(ModelGolden("text-encoder-gelu").configuration(TextEncoderConfiguration.self))
  }

  @Test func picturesHaveASizeForOthers() throws {
    let text = String(decoding: try UNetConfiguration.stableDiffusion.json(), as: UTF8.self)
    #expect(text.contains("\"sample_size\" : 64"))
  }

  @Test(arguments: [
    (
      #" {"a": 1, "b": {"c": 2}, "c":[4] ,"d": NaN} "#,
      #" {"a": 1, "b": {"c": 2}, "c":7 ,"d": NaN} "#
    ),
    (#"{"a": "c"}"#, #"{"c": 7, "a": "c"}"#), ("{}", #"{"c": 7}"#),
  ])
  func oneNumberIsReplaced(json: String, expected: String) throws {
    let result = try StrictJSON.replacing("c", with: 7, in: Data(json.utf8))
    #expect(String(decoding: result, as: UTF8.self) == expected)
  }

  @Test func oneNumberStandsForAllLevels() throws {
    let json = """
      {"in_channels": 8, "block_out_channels": [320, 640, 1280, 1280], "layers_per_block": 2,
       "cross_attention_dim": 768, "attention_head_dim": 8, "norm_num_groups": 32}
      """
    #expect(try UNetConfiguration(json: Data(json.utf8)) == .stableDiffusion)
  }

  @Test(arguments: [
    (#"{"block_out_channels": [32], "class_embed_type": "timestep"}"#, "class_embed_type"),
    (#"{"block_out_channels": [32], "resnet_time_scale_shift": "scale_shift"}"#, "scale_shift"),
    (#"{"block_out_channels": [32], "down_block_types": ["AttnDownBlock2D"]}"#, "AttnDownBlock2D"),
    (#"{"block_out_channels": [32, 64], "layers_per_block": [1, 1, 1]}"#, "3 entries for 2 levels"),
    (#"{"block_out_channels": [33]}"#, "groups do not divide"),
    (#"{"block_out_channels": [32, 99999999]}"#, "block_out_channels[1] is 99999999"),
    (#"{"block_out_channels": []}"#, "0 levels"),
    (#"{"block_out_channels": "wide"}"#, "block_out_channels"),
    (#"{"block_out_channels": [32], "norm_eps": NaN}"#, "norm_eps is nan"),
    (#"{"block_out_channels": [32], "freq_shift": -Infinity}"#, "freq_shift"),
    (#"{"block_out_channels": [Infinity]}"#, "block_out_channels"),
    (#"{"in_channels": 4}"#, "\"block_out_channels\" is missing"),
    (#"{"_class_name": "UNet3D", "block_out_channels": [32]}"#, "describes a \"UNet3D\""),
    ("[", "is not a configuration of UNet2DConditionModel"),
  ])
  func whatCannotBeBuiltIsRefused(json: String, message: String) throws {
    let error = #expect(throws: ReportableError.self) {
      try UNetConfiguration(json: Data(json.utf8))
    }
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
  }
}
