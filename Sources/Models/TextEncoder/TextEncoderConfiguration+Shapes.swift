import Layers

extension TextEncoderConfiguration {
  /// The configuration of the text encoder whose tensors, under transformers' names with
  /// `text_model.`, these are.
  ///
  /// What shapes can't tell is CLIP's: heads of 64 channels and the quick GELU.
  ///
  /// - Throws: ``ReportableError`` (`badData`) without a path.
  public init(shapesOf tensors: any StoredTensors) throws {
    let shapes = StoredShapes(tensors)
    let embeddings = "text_model.embeddings"
    let width = try shapes.length(
      1, of: "\(embeddings).token_embedding.weight", "\(embeddings).position_embedding.weight")
    let layer = "text_model.encoder.layers.0"
    self.init(
      vocabularySize: try shapes.length(0, of: "\(embeddings).token_embedding.weight"),
      width: width,
      feedForwardWidth: try shapes.length(
        0, of: "\(layer).mlp.fc1.weight", "\(layer).mlp.fc1.bias"),
      layerCount: shapes.count("text_model.encoder.layers"),
      headCount: width % 64 == 0 ? max(width / 64, 1) : 1,
      positionCount: try shapes.length(0, of: "\(embeddings).position_embedding.weight"))
    try validate()
  }
}
