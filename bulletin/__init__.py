"""The monthly circular (通报) of a published version: figures, sentences, pictures, in Word, Excel or HTML."""
