import ArgumentParser

@main struct InstructCV: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "instructcv", abstract: "Turns an instruction and a picture into a vision answer.")
}
