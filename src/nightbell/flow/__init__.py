"""The flow language: model, loader, faults. Pure."""
