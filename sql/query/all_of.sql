SELECT FROM {relation}
